import { expect, test } from 'vitest';
import { createEditor } from '../../app/editor/state/editor-store';
import { addNode, connect, setParams } from '../../app/editor/state/edits';
import { adviceOf, withAdvice } from '../../app/editor/state/model-advice';
import { gestureNow, recommend } from '../../app/editor/state/model-defaults';
import { useUi } from '../../app/editor/state/ui-store';
import { emptyGraph, type GraphNode } from '../../nodes/graph';
import type { Models } from '../../nodes/values';
import { small } from '../nodes/graphs-for-tests';

const at = { x: 0, y: 0 };
const wan = { width: 832, height: 480, frames: 81, fps: 16, steps: 40, guidance: 4, guidanceLow: 3, shift: 7 };
const known: Models = {
  gosling: { ...small, id: 'gosling', defaults: { ...small.defaults, steps: 20, guidance: 2, sampler: 'unipc' } },
  wan: { ...small, id: 'wan', defaults: { ...wan, sampler: 'euler', schedule: 'flow' } },
};

const settings = { steps: 4, guidance: 1, sampler: 'euler', schedule: 'distilled', shift: 5 };
const fast = { byName: { word: 'Lightning', name: 'wan-lightning-4steps', settings } };
const lora = { modules: 1, rank: 1, bytes: 1, unknown: 0, unknownNames: [] };
const hinting: Models = {
  ...known,
  fast: { ...known['wan']!, id: 'fast', experts: { boundary: 0.9 }, ...fast },
  lora: { ...known['wan']!, id: 'lora', lora, ...fast },
};

/** An editor, and cards put into it as the palette does. */
function begun(models = known) {
  const editor = createEditor(emptyGraph(), models);
  const add = (type: string, params: Record<string, unknown> = {}): GraphNode => {
    const gesture = gestureNow();
    let id = '';
    editor.getState().edit((graph) => {
      const added = addNode(graph, { type, at, params });
      id = added.id;
      return added.graph;
    }, gesture);
    recommend(editor, id, gesture);
    return editor.getState().byId.get(id)!;
  };
  return { editor, add };
}

test('a new card has what the only model in the graph recommends, in one step of undo; beside two models what cards come with', () => {
  const { editor, add } = begun();
  expect(add('denoiser').params['guidance']).toBe(3);
  add('model', { model: 'gosling' });
  const second = add('denoiser');
  expect(second.params).toMatchObject({ guidance: 2, steps: 20, shift: null });
  editor.getState().undo();
  expect(editor.getState().graph.nodes.map(({ id }) => id)).toEqual(['denoiser', 'model']);
  add('model', { model: 'wan' });
  expect(add('denoiser').params['guidance']).toBe(3);
});

test('a card that gets its first model takes its recommendations, and keeps what was set on it', () => {
  const { editor, add } = begun();
  add('denoiser');
  add('noise-seed');
  add('model', { model: 'wan' });
  editor.getState().edit((graph) => setParams(graph, 'denoiser', { steps: 9 }));
  for (const node of ['denoiser', 'noise-seed']) {
    editor
      .getState()
      .edit((graph) => connect(graph, { from: { node: 'model', port: 'denoiser' }, to: { node, port: 'model' } }));
    recommend(editor, node, gestureNow());
  }
  const { byId } = editor.getState();
  expect(byId.get('denoiser')?.params).toMatchObject({ steps: 9, guidance: 4, guidanceLow: 3, sampler: 'euler' });
  expect(byId.get('noise-seed')?.params).toMatchObject({ width: 832, height: 480, frames: 81, fps: 16, seed: 42 });
});

test('another model chosen later changes nothing by itself; what it recommends is said, taken in one step, and taken back by Undo', () => {
  const { editor, add } = begun();
  add('model', { model: 'gosling' });
  add('denoiser');
  add('noise-seed');
  const wire = (node: string) => ({ from: { node: 'model', port: 'denoiser' }, to: { node, port: 'model' } });
  editor.getState().edit((graph) => connect(connect(graph, wire('denoiser')), wire('noise-seed')));
  const advice = (model: string) => adviceOf(editor.getState(), { node: 'model', model });
  expect(advice('gosling')).toBeNull();
  const before = editor.getState().graph;
  editor.getState().edit((graph) => setParams(setParams(graph, 'model', { model: 'wan' }), 'denoiser', { shift: 3 }));
  expect(advice('gosling')).toBeNull();
  const told = advice('wan');
  expect(told?.says).toBe(
    '40 steps, guidance 4, guidance 3 of the second network, Euler, shift 7, 832 × 480, 81 frames, 16 fps',
  );
  expect(editor.getState().byId.get('denoiser')?.params['steps']).toBe(20);
  editor.getState().edit((graph) => (told ? withAdvice(graph, told) : graph));
  const { byId } = editor.getState();
  expect(byId.get('denoiser')?.params).toMatchObject({ steps: 40, guidance: 4, sampler: 'euler', shift: null });
  expect(byId.get('noise-seed')?.params).toMatchObject({ width: 832, height: 480, frames: 81, fps: 16, seed: 42 });
  expect(advice('wan')).toBeNull();
  editor.getState().undo();
  expect(editor.getState().byId.get('denoiser')?.params['steps']).toBe(20);
  expect(advice('wan')?.says).toBe(told?.says);
  editor.getState().undo();
  expect(editor.getState().graph.nodes).toEqual(before.nodes);
});

test('cards that work with another model are not advised, nor does a model advise that cannot be read', () => {
  const { editor, add } = begun();
  add('model', { model: 'wan' });
  add('denoiser', { steps: 9 });
  add('model', { model: 'gosling' });
  const from = (model: string) => ({
    from: { node: model, port: 'denoiser' },
    to: { node: 'denoiser', port: 'model' },
  });
  editor.getState().edit((graph) => connect(graph, from('model')));
  expect(adviceOf(editor.getState(), { node: 'model-2', model: 'gosling' })).toBeNull();
  expect(adviceOf(editor.getState(), { node: 'model', model: 'wan' })?.patches['denoiser']).toMatchObject({
    steps: 40,
  });
  editor.getState().setModels({ ...known, wan: { ...known['wan']!, broken: 'A part is missing.' } });
  expect(adviceOf(editor.getState(), { node: 'model', model: 'wan' })).toBeNull();
});

test('what only a name says is offered beside the first model, never taken unasked, and said to go by the name', () => {
  const { editor, add } = begun(hinting);
  add('model', { model: 'fast' });
  add('denoiser');
  editor
    .getState()
    .edit((graph) =>
      connect(graph, { from: { node: 'model', port: 'denoiser' }, to: { node: 'denoiser', port: 'model' } }),
    );
  useUi.getState().advise(null);
  recommend(editor, 'denoiser', gestureNow());
  expect(editor.getState().byId.get('denoiser')?.params).toMatchObject({ steps: 40, guidance: 4, shift: null });
  expect(useUi.getState().advised).toEqual({ node: 'model', model: 'fast' });
  const told = adviceOf(editor.getState(), { node: 'model', model: 'fast' })!;
  expect(told.hint?.word).toBe('Lightning');
  expect(told.says).toBe('4 steps, guidance 1, guidance 1 of the second network, schedule Distilled, shift 5');
  editor.getState().edit((graph) => withAdvice(graph, told));
  expect(editor.getState().byId.get('denoiser')?.params).toMatchObject({ ...settings, guidanceLow: 1 });
  expect(adviceOf(editor.getState(), { node: 'model', model: 'fast' })).toBeNull();
  // A model without such a name wants its own settings again.
  editor.getState().edit((graph) => setParams(graph, 'model', { model: 'wan' }));
  const plain = adviceOf(editor.getState(), { node: 'model', model: 'wan' });
  expect(plain).not.toHaveProperty('hint');
  expect(plain?.patches['denoiser']).toMatchObject({ steps: 40, guidance: 4, schedule: 'flow', shift: null });
});

test('a LoRA speaks by its name alone, and goes before the model it changes', () => {
  const { editor, add } = begun(hinting);
  add('model', { model: 'wan' });
  add('lora', { lora: 'lora' });
  add('denoiser', { steps: 40 });
  editor.getState().edit((graph) =>
    connect(connect(graph, { from: { node: 'model', port: 'denoiser' }, to: { node: 'lora', port: 'model' } }), {
      from: { node: 'lora', port: 'model' },
      to: { node: 'denoiser', port: 'model' },
    }),
  );
  const told = adviceOf(editor.getState(), { node: 'lora', model: 'lora' })!;
  // The sampler is that already.
  const { sampler: _, ...others } = settings;
  expect(told.patches).toEqual({ denoiser: others });
  editor.getState().edit((graph) => withAdvice(graph, told));
  // The model's own 40 steps would be taken for advice otherwise.
  expect(adviceOf(editor.getState(), { node: 'model', model: 'wan' })).toBeNull();
  expect(adviceOf(editor.getState(), { node: 'lora', model: 'lora' })).toBeNull();
});

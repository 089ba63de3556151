import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeOfChosen, nameComponent, openPageOf } from '../../app/editor/component-actions';
import { clipOf, paste, readClip, selfContained } from '../../app/editor/state/clipboard';
import { createEditor } from '../../app/editor/state/editor-store';
import * as edits from '../../app/editor/state/edits';
import { modelReading } from '../../app/editor/state/model-reading';
import { setBy } from '../../app/editor/state/page-view';
import { reasonOfCard } from '../../app/editor/state/reasons';
import { noRun } from '../../app/editor/state/run-state';
import { troublesOf } from '../../app/editor/state/troubles';
import { active } from '../../nodes/active';
import { check } from '../../nodes/check';
import { componentOf } from '../../nodes/component';
import { dissolve, makeComponent } from '../../nodes/component-edits';
import type { RunEvent, RunHappening } from '../../nodes/events';
import { emptyGraph, readGraph } from '../../nodes/graph';
import { doubled, film, made, meanings, prints } from '../nodes/components-for-tests';
import { models, textToVideo } from '../nodes/graphs-for-tests';

const open = (graph = film()) => createEditor(graph, models);
let seq = 0;
const event = (happening: RunHappening): RunEvent => ({ ...happening, run: 'r', graph: 'g', seq: ++seq, at: seq });

describe('pages of components', () => {
  test('one goes in, edits, and comes out: only this card has the new version, and undo and redo walk through it all', () => {
    const editor = open(doubled(film()));
    const before = editor.getState().root;
    expect(editor.getState().enter('model')).toBe(false);
    expect(editor.getState().enter('making')).toBe(true);
    const { graph, edit } = editor.getState();
    expect(graph.nodes.map(({ id }) => id)).toEqual(['noise', 'denoiser']);
    for (const steps of [3, 4, 5]) edit((page) => edits.setParams(page, 'denoiser', { steps }));
    const { root } = editor.getState();
    expect(root.components?.map(({ version }) => version)).toEqual([1, 2]);
    editor.getState().leave(0);
    expect(editor.getState().graph).toBe(editor.getState().root);
    expect(editor.getState().cards.find(({ selected }) => selected)?.id).toBe('making');
    for (let back = 0; back < 3; back++) editor.getState().undo();
    expect(editor.getState().root).toBe(before);
    for (let on = 0; on < 3; on++) editor.getState().redo();
    expect(editor.getState().root).toBe(root);
  });

  test('a page whose component is undone away closes; what it was fed from outside is known inside', () => {
    const editor = open(textToVideo({ model: { model: 'gosling' } }));
    editor.getState().edit((graph) => made(graph, ['noise', 'denoiser']));
    editor.getState().enter('making');
    const { wired, checked, problems } = editor.getState();
    expect(problems).toEqual({});
    expect(wired.has('denoiser.model') && wired.has('>denoiser.clip')).toBe(true);
    expect(checked.types['denoiser']?.['clip']?.facts).toMatchObject({ model: 'gosling', frames: 5 });
    editor.getState().undo();
    expect(editor.getState().path).toEqual([]);
  });

  test('what is wrong is known on every page, is mended where it is shown, and its page can be opened from any other', () => {
    // A component in a component: the denoiser's text comes in through both, its steps show on neither.
    const whole = made(film(), ['making', 'decoder'], 'Outer', 'c2');
    const editor = open({ ...whole, wires: whole.wires.filter(({ to }) => to.port !== 'text') });
    const list = () => {
      const { checked, root, flat } = editor.getState();
      return troublesOf({ problems: checked.problems, root, opened: flat.opened, failed: {} });
    };
    editor.getState().enter('outer');
    editor.getState().enter('making');
    editor.getState().edit((page) => edits.setParams(page, 'denoiser', { steps: 0 }));
    const told = list().map(({ at, where }) => [at, where]);
    expect(told).toContainEqual(['outer/making/denoiser', 'Outer / Making / Denoiser · Steps']);
    expect(told).toContainEqual(['outer', 'Outer · Text']);
    editor.getState().leave(0);
    expect(list().map(({ at, where }) => [at, where])).toEqual(told);
    expect([openPageOf(editor, 'outer/making/denoiser'), editor.getState().path]).toEqual([
      'denoiser',
      ['outer', 'making'],
    ]);
    expect([openPageOf(editor, 'outer/making'), editor.getState().path]).toEqual(['making', ['outer']]);
    expect([openPageOf(editor, 'muxer'), editor.getState().path]).toEqual(['muxer', []]);
  });

  test('the name given to a new card becomes the component’s, and the id one types; Undo takes that back alone', () => {
    const editor = open(textToVideo({ model: { model: 'gosling' } }));
    const form = { fields: [{ node: 'noise', param: 'seed' }] };
    editor.getState().editRoot((graph) => ({ ...graph, form }));
    editor.getState().select(new Set(['noise', 'denoiser']));
    makeOfChosen(editor);
    nameComponent(editor, 'component', 'Two Passes');
    const { root, problems, cards } = editor.getState();
    expect(problems).toEqual({});
    expect(root.components).toMatchObject([{ name: 'Two Passes', version: 1 }]);
    expect(root.nodes.at(-1)?.id).toBe('two-passes');
    expect(root.form?.fields).toEqual([{ node: 'two-passes', param: 'seed' }]);
    expect(cards.find(({ selected }) => selected)?.id).toBe('two-passes');
    editor.getState().undo();
    expect(editor.getState().root.nodes.at(-1)?.id).toBe('component');
  });

  test('what is wrong inside stands on the card, in the words of the node inside, or at the control it shows', () => {
    const editor = open();
    editor.getState().edit((graph) => edits.setParams(graph, 'making', { seed: -1 }));
    expect(editor.getState().problems['making']).toMatchObject([
      { param: 'seed', says: expect.stringMatching(/^"Seed" is -1/) },
    ]);
    editor
      .getState()
      .edit((graph) =>
        edits.disconnect(edits.setParams(graph, 'making', { seed: 1 }), new Set(['text.text>making.text'])),
      );
    expect(editor.getState().problems['making']).toMatchObject([
      { port: 'text', says: expect.stringMatching(/^Denoiser: "Text" is not connected/) },
    ]);
    editor.getState().enter('making');
    expect(editor.getState().problems['denoiser']).toMatchObject([{ port: 'text' }]);
  });

  test('the card of a component shows what happens inside it; its page shows each node', () => {
    const editor = open();
    editor.getState().setPlan({
      'making/noise': { state: 'cached' },
      'making/denoiser': { state: 'will-run', seconds: 2 },
      text: { state: 'cached' },
    });
    expect(editor.getState().plan).toEqual({ making: { state: 'will-run', seconds: 2 }, text: { state: 'cached' } });
    // What this machine lacks for a node inside stands on the card, too.
    const lack = { state: 'blocked', says: '17 frames need 6.0 GB' } as const;
    const { plan } = editor.getState().whole;
    editor.getState().setPlan({ ...plan, 'making/noise': { state: 'blocked' }, 'making/denoiser': lack });
    expect(editor.getState().plan['making']).toEqual(lack);
    editor.getState().setPlan(plan);
    editor.getState().showRun({ ...noRun, run: 'r', status: 'queued' });
    const tell = (...all: RunHappening[]) => editor.getState().apply(all.map(event));
    tell({ type: 'run.started', attempt: 1 }, { type: 'node.reused', node: 'making/noise', outputs: {} });
    expect(editor.getState().run.nodes['making']?.state).toBe('running');
    const before = editor.getState().run.nodes['making'];
    tell({ type: 'node.reused', node: 'text', outputs: {} });
    expect(editor.getState().run.nodes['making']).toBe(before);
    tell(
      { type: 'node.started', node: 'making/denoiser' },
      { type: 'node.progress', node: 'making/denoiser', done: 3, of: 20 },
    );
    expect(editor.getState().run.nodes['making']).toMatchObject({
      state: 'running',
      inner: 'Denoiser',
      done: 3,
      of: 20,
    });
    editor.getState().enter('making');
    expect(editor.getState().run.nodes).toMatchObject({ noise: { state: 'reused' }, denoiser: { done: 3 } });
    editor.getState().leave(0);
    tell(
      { type: 'node.failed', node: 'making/denoiser', says: 'No memory.' },
      { type: 'run.failed', says: 'No memory.', node: 'making/denoiser' },
    );
    expect(editor.getState().run.nodes['making']).toMatchObject({ state: 'failed', says: 'Denoiser: No memory.' });
    expect(editor.getState().run.failedAt).toBe('making');
    editor.getState().enter('making');
    editor.getState().edit((page) => edits.setParams(page, 'denoiser', { steps: 3 }));
    expect(editor.getState().run.nodes['denoiser']).toBeUndefined();
  });

  test('words on the card of a component are read by the model that reads them inside', () => {
    const editor = open(made(textToVideo({ model: { model: 'gosling' } }), ['prompt', 'text'], 'Words', 'c5'));
    const state = editor.getState();
    expect(setBy(state, 'words', 'text')).toBe('words/prompt');
    expect(modelReading(state.flat.graph, state.flat.types, 'words/prompt')).toBe('gosling');
    state.enter('words');
    expect(setBy(editor.getState(), 'prompt', 'text')).toBe('words/prompt');
  });

  test('why a component would run again is the same answer at every look', () => {
    const [ran, root] = [film(), edits.setParams(film(), 'making', { seed: 7 })];
    const place = { ran, root, path: [] };
    expect(reasonOfCard(place, 'making')).toMatchObject({ says: expect.stringContaining('7') });
    expect(reasonOfCard(place, 'making')).toBe(reasonOfCard(place, 'making'));
    expect(reasonOfCard({ ...place, path: ['making'] }, 'denoiser')).toBeDefined();
    expect(reasonOfCard(place, 'text')).toBeUndefined();
  });

  test('copied into another graph, a component comes with all it contains; into itself it is not put', () => {
    const nested = made(made(textToVideo({ model: { model: 'gosling' } }), ['denoiser'], 'Inner', 'c2'), [
      'noise',
      'inner',
    ]);
    const clip = readClip(JSON.stringify(clipOf(nested, new Set(['making']))))!;
    const { graph, ids } = paste(emptyGraph(), clip, { x: 0, y: 0 });
    expect(graph.components).toEqual(nested.components);
    expect(componentOf(graph, graph.nodes[0]!)?.name).toBe('Making');
    expect(readGraph(JSON.stringify(graph)).graph?.nodes[0]?.id).toBe(ids[0]);
    const editor = open(nested);
    editor.getState().enter('making');
    editor.getState().enter('inner');
    expect(selfContained(editor.getState().graph, clip)?.name).toBe('Making');
    expect(selfContained(emptyGraph(), clip)).toBeUndefined();
  });

  test('random edits through all pages: undone to the start and redone to the end, the documents are equal', () => {
    const start = doubled(film());
    const work = meanings(start);
    const step = fc.oneof(
      fc.record({ do: fc.constant('enter' as const), at: fc.nat(9) }),
      fc.constant({ do: 'leave' as const, at: 0 }),
      fc.record({
        do: fc.constantFrom('set' as const, 'remove' as const, 'make' as const, 'dissolve' as const),
        at: fc.nat(9),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const editor = createEditor(start, models);
        for (const [turn, one] of steps.entries()) {
          const { graph, enter, leave, edit } = editor.getState();
          const id = graph.nodes[one.at % Math.max(1, graph.nodes.length)]?.id ?? '';
          if (one.do === 'enter') enter(id);
          else if (one.do === 'leave') leave(0);
          else if (one.do === 'set') edit((page) => edits.setParams(page, id, { seed: turn, steps: turn + 1 }));
          else if (one.do === 'remove') edit((page) => edits.remove(page, new Set([id])));
          else if (one.do === 'dissolve') edit((page) => dissolve(page, id).graph);
          else
            edit((page) => {
              const next = makeComponent(page, {
                ids: new Set([id]),
                id: `made-${turn}`,
                name: 'Made',
                at: { x: 0, y: 0 },
              });
              return next.problem === undefined ? next.graph : page;
            });
        }
        const { root: end, undo, redo } = editor.getState();
        expect(readGraph(JSON.stringify(end))).toEqual({ graph: JSON.parse(JSON.stringify(end)) });
        check(active(end).graph, models);
        const past = editor.getState().history.past.length;
        for (let back = 0; back < past; back++) undo();
        expect(editor.getState().root).toBe(start);
        for (let on = 0; on < past; on++) redo();
        expect(editor.getState().root).toBe(end);
      }),
      { numRuns: 60 },
    );
    expect(meanings(start)).toEqual(work);
    expect(prints(start)['twin/noise']).toBe(prints(start)['making/noise']);
  });
});

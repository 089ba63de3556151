import { expect, test } from 'vitest';
import { makeComponent } from '../../nodes/component-edits';
import { cleaned } from '../../nodes/component-pages';
import {
  formFields,
  formGroups,
  moveFormField,
  setFormField,
  toggleInForm,
  usualForm,
  usualName,
} from '../../nodes/form';
import { makeNode, readGraph } from '../../nodes/graph';
import { textToVideo } from './graphs-for-tests';

const prompt = { node: 'prompt', param: 'text' };
const seed = { node: 'noise', param: 'seed' };
const steps = { node: 'denoiser', param: 'steps' };

test('controls are shown in the order in which they are chosen, moved, named, put under headings, and taken out', () => {
  let graph = [prompt, seed, steps].reduce(toggleInForm, textToVideo());
  graph = moveFormField(graph, steps, -1);
  graph = moveFormField(graph, prompt, -9);
  graph = setFormField(graph, steps, { title: 'Care', group: 'How' });
  graph = setFormField(graph, seed, { group: 'How' });
  expect(formGroups(graph)).toEqual([
    { title: undefined, fields: [prompt] },
    {
      title: 'How',
      fields: [
        { ...steps, title: 'Care', group: 'How' },
        { ...seed, group: 'How' },
      ],
    },
  ]);
  graph = setFormField(graph, steps, { title: ' ', group: '' });
  expect(formFields(graph)[1]).toEqual(steps);
  expect([prompt, seed, steps].reduce(toggleInForm, graph).form).toBeUndefined();
});

test('it is part of the document, which then says version 2; nodes that are removed leave it', () => {
  const graph = cleaned([prompt, seed].reduce(toggleInForm, textToVideo()));
  expect(graph.version).toBe(2);
  expect(readGraph(JSON.stringify(graph)).graph?.form).toEqual({ fields: [prompt, seed] });
  const without = cleaned({ ...graph, nodes: graph.nodes.filter(({ id }) => id !== 'noise') });
  expect(formFields(without)).toEqual([prompt]);
  expect(cleaned(toggleInForm(without, prompt)).version).toBe(1);
});

test('made into a component, a control stays in the form: by the card that now shows it', () => {
  const graph = toggleInForm(textToVideo(), steps);
  const made = makeComponent(graph, { ids: new Set(['denoiser']), id: 'c', name: 'Carve', at: { x: 0, y: 0 } });
  expect(made.problem ?? formFields(made.graph)).toEqual([{ node: 'carve', param: 'steps' }]);
});

test('the usual form begins with what is to be seen', () => {
  expect(formFields(usualForm(textToVideo())).map(({ param }) => param)).toEqual(['text', 'seed', 'width', 'height']);
});

test('lines are called by their control, a prompt by its card, and two of one name by both', () => {
  const graph = [prompt, seed, steps].reduce(toggleInForm, textToVideo());
  expect([prompt, seed, steps].map((at) => usualName(graph, at))).toEqual(['Prompt', 'Seed', 'Steps']);
  const twin = { node: 'other', param: 'seed' };
  const two = toggleInForm(
    { ...graph, nodes: [...graph.nodes, { ...makeNode('noise-seed', 'other'), title: 'Second' }] },
    twin,
  );
  expect([seed, twin].map((at) => usualName(two, at))).toEqual(['Noise seed: seed', 'Second: seed']);
  expect(usualName(graph, twin)).toBeUndefined();
});

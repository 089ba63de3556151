import { expect, test } from 'vitest';
import { check } from '../../nodes/check';
import { readGraph } from '../../nodes/graph';
import { likelyHub, missingModels, namedModels, renameModel, withSources } from '../../nodes/named-models';
import type { ModelCard, Models } from '../../nodes/values';
import { template } from '../browser/ask';

const source = { hub: 'owner/name', revision: 'a'.repeat(40) };
const graphOf = (model: string) => template('text-to-video', { model: { model } });
// What is asked of a card here.
const card = (id: string, more: Partial<ModelCard> = {}) => ({ id, ...more }) as ModelCard;
const modelsOf = (...cards: ModelCard[]): Models => Object.fromEntries(cards.map((one) => [one.id, one]));

test('which models a graph names, and which of them are not here', () => {
  const graph = graphOf('far-away');
  const lora = { id: 'l', type: 'lora', version: 1, params: { lora: 'style' } };
  const empty = { id: 'm', type: 'lora', version: 1, params: { lora: '' } };
  const unsaid = { id: 'n', type: 'model', version: 1, params: {} };
  const all = { ...graph, nodes: [...graph.nodes, lora, empty, unsaid, { ...lora, id: 'o' }] };
  expect(namedModels(all).map(({ node, model, isLora }) => [node, model, isLora])).toEqual([
    ['model', 'far-away', false],
    ['l', 'style', true],
    // The default counts where nothing is said.
    ['n', 'gosling', false],
    ['o', 'style', true],
  ]);
  expect(missingModels(all, modelsOf(card('gosling'))).map(({ model, nodes }) => [model, nodes])).toEqual([
    ['far-away', ['model']],
    ['style', ['l', 'o']],
  ]);
  expect(missingModels(graphOf('constructor'), {}).map(({ model }) => model)).toEqual(['constructor']);
});

test('every missing model of the list is refused by check with a sentence at its node', () => {
  const graph = graphOf('far-away');
  for (const { nodes, param, model } of missingModels(graph, {})) {
    const found = check(graph, {}).problems.find((problem) => problem.at === nodes[0] && problem.param === param);
    expect(found?.says).toContain(`"${model}" is not in the library`);
  }
});

test('a graph notes where its models came from, keeps the note when they go, and drops it with their names', () => {
  const here = modelsOf(card('far-away', { source }), card('gosling'));
  const noted = withSources(graphOf('far-away'), here);
  expect(noted.sources).toEqual([{ model: 'far-away', ...source }]);
  expect(withSources(noted, here)).toBe(noted);
  expect(withSources(noted, {})).toBe(noted);
  expect(readGraph(JSON.stringify(noted)).graph?.sources).toEqual(noted.sources);
  const other = withSources(renameModel(noted, 'far-away', 'gosling'), here);
  expect(other.sources).toBeUndefined();
  expect(namedModels(other).map(({ model }) => model)).toEqual(['gosling']);
});

test('a note that is no repository is refused', () => {
  for (const hub of ['https://evil.example/a/b', '../a', 'a', 'a/b/c'])
    expect(readGraph({ ...graphOf('x'), sources: [{ model: 'x', ...source, hub }] }).problem, hub).toMatch(/sources/);
});

test('a model called as repositories are is probably that repository; files and plain names are none', () => {
  expect(likelyHub('Wan-AI/Wan2.1-T2V-1.3B-Diffusers')).toBe('Wan-AI/Wan2.1-T2V-1.3B-Diffusers');
  for (const name of ['gosling', 'wan/wan2.1_t2v_1.3B_fp16.safetensors', 'a/b/c', '../up', '/rooted', 'owner/'])
    expect(likelyHub(name)).toBeUndefined();
});

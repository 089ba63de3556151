import { expect, test } from 'vitest';
import { searchChoices } from '../../app/editor/state/search-choices';
import { samplers } from '../../nodes/denoise/samplers/registry';
import type { Sampler } from '../../nodes/denoise/sampling';

const choices = Object.values<Sampler>(samplers).map(({ name, title, says, aliases }) => ({
  value: name,
  title,
  says,
  names: aliases,
}));
const found = (typed: string) => searchChoices(choices, typed).map(({ value }) => value);

test('what is called so comes first, then what begins so, then what only speaks of it', () => {
  expect(found('Euler a')[0]).toBe('euler-ancestral');
  expect(found('euler')[0]).toBe('euler');
  expect(found('dpmpp_2m')[0]).toBe('dpmpp-2m-k');
  expect(found('UniPCMultistep')).toEqual(['unipc']);
  expect(found('fresh noise').length).toBeGreaterThan(5);
});

test('nothing typed is everything; strange words are nothing', () => {
  expect(found('  ')).toEqual(choices.map(({ value }) => value));
  expect(found('euler banana')).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { check } from '../../nodes/check';
import { fingerprints } from '../../nodes/fingerprint';
import type { ModelCard, Models } from '../../nodes/values';
import { models as cards, graphOf, small } from './graphs-for-tests';
import { machine, reference, run } from './machine-for-tests';

const lora = (id: string, about: Partial<ModelCard> = {}): ModelCard => ({
  ...small,
  id,
  title: id,
  digest: id.padEnd(64, '0'),
  parts: {},
  lora: { modules: 10, rank: 4, bytes: 1, unknown: 0, unknownNames: [] },
  ...about,
});
const odd = { modules: 10, rank: 4, bytes: 1, unknown: 4, unknownNames: ['one', 'two', 'three', 'four'] };
const models: Models = {
  ...cards,
  ink: lora('ink'),
  wash: lora('wash'),
  odd: lora('odd', { lora: odd }),
  torn: lora('torn', { broken: 'It is torn.' }),
};

const graph = (first: object, second: object = {}) =>
  graphOf(
    {
      model: ['model'],
      first: ['lora', { lora: 'ink', ...first }],
      second: ['lora', { lora: 'wash', ...second }],
      noise: ['noise-seed'],
    },
    ['model.denoiser > first.model', 'first.model > second.model', 'second.model > noise.model'],
  );
const says = (first: object, known = models) =>
  check(graph(first), known)
    .problems.filter(({ at }) => at === 'first')
    .map((problem) => problem.says);
const printOf = (about: { first?: object; second?: object; models?: Models }) => {
  const [made, known] = [graph(about.first ?? {}, about.second), about.models ?? models];
  return fingerprints(made, { params: check(made, known).params, models: known, device: 'cpu' })['noise'];
};

describe('what can be said before a run', () => {
  test('a fitting LoRA is no problem, and its output is of the same model', () => {
    expect(check(graph({}), models).problems.filter(({ at }) => at !== 'noise')).toEqual([]);
  });

  test.each([
    [{ lora: '' }, /No LoRA is chosen\. Choose one of: ink, wash, odd\./],
    [{ lora: 'gone' }, /"gone" is not in the library/],
    [{ lora: 'torn' }, /It is torn\./],
    [{ lora: 'gosling' }, /Gosling is a whole model, not a LoRA/],
    [{ lora: 'odd' }, /^4 tensors of odd fit nothing in a wan model \(one, two, three, …\)\..*leave-out/],
  ])('%j', (params, wanted) => {
    expect(says(params)).toEqual([expect.stringMatching(wanted)]);
  });

  test('one for a network of another width is named before anything is read', () => {
    const wide = { modules: 10, rank: 4, bytes: 1, unknown: 0, unknownNames: [], width: 5120 };
    const [gosling] = Object.values(cards);
    const known = (width?: number): Models => ({
      ...models,
      [gosling!.id]: { ...gosling!, ...(width ? { width } : {}) },
      ink: lora('ink', { lora: wide }),
    });
    expect(says({}, known(1536))).toEqual([
      expect.stringMatching(
        /^ink was made for a network 5120 wide, .* is 1536 wide \(14B and 1\.3B\)\. Use a LoRA for this/,
      ),
    ]);
    for (const fine of [5120, undefined]) expect(says({}, known(fine))).toEqual([]);
  });

  test('what fits nothing can be left out; another family cannot', () => {
    expect(says({ lora: 'odd', unknown: 'leave-out' })).toEqual([]);
    const known = { ...models, gosling: { ...small, family: 'ltx' } };
    expect(says({}, known)).toEqual([expect.stringMatching(/ink changes models of the family wan, and Gosling/)]);
    expect(says({ lora: '' }, cards)).toEqual([expect.stringMatching(/folder called loras/)]);
  });

  test('a LoRA is no model', () => {
    const made = graphOf({ model: ['model', { model: 'ink' }] }, []);
    expect(check(made, models).problems.map((problem) => problem.says)).toContainEqual(
      expect.stringMatching(/ink is a LoRA, not a whole model/),
    );
  });
});

test('the fingerprint follows from digest, strength and order, not from the name', () => {
  const before = printOf({});
  expect(before).toMatch(/^[0-9a-f]{64}$/);
  expect(printOf({ first: { strength: 0.5 } })).not.toBe(before);
  expect(printOf({ first: { lora: 'wash' }, second: { lora: 'ink' } })).not.toBe(before);
  expect(printOf({ models: { ...models, ink: lora('ink', { digest: 'f'.repeat(64) }) } })).not.toBe(before);
  const renamed = { ...models, other: lora('other', { digest: 'ink'.padEnd(64, '0') }) };
  expect(printOf({ first: { lora: 'other' }, models: renamed })).toBe(before);
});

test('references carry what changes them, in order', async () => {
  const ctx = machine({});
  const model = reference('denoiser');
  const first = await run<'model'>('lora', { inputs: { model }, params: { lora: 'ink', strength: 0.5 }, ctx });
  const params = { lora: 'wash', unknown: 'leave-out', network: 'first' };
  const second = await run<'model'>('lora', { inputs: { model: first['model'] }, params, ctx });
  expect(model.loras).toBeUndefined();
  expect(second['model']?.loras).toEqual([
    { lora: 'ink', digest: 'digest of ink', strength: 0.5, partial: false, network: 'all' },
    { lora: 'wash', digest: 'digest of wash', strength: 1, partial: true, network: 'first' },
  ]);
});

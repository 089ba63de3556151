import { expect, test } from 'vitest';
import { gateTable } from '../../bench/quality/gates';
import { openTruthHiding, openTruthPairs } from '../../bench/quality/truth-clips';
import { hidingPrompts, hidingScores, pairPrompts, pairScores } from '../../bench/quality/wide-figures';

const turned = { left: 'right', right: 'left' } as const;

test('relations are signed: whoever mixes up left and right is always wrong, whoever always says left is half right', async () => {
  const samples = (await openTruthPairs()).map(({ clip: _, reading, ...asked }) => ({
    wanted: { ...asked, prompt: '' },
    reading,
  }));
  expect(pairScores(samples)).toMatchObject({ place: 1, two: 1, relation: 1, left: 1, right: 1 });
  expect(pairScores(samples).shuffled).toBeLessThan(0.1);
  const mixed = samples.map((one) => ({ ...one, wanted: { ...one.wanted, relation: turned[one.wanted.relation] } }));
  expect(pairScores(mixed).relation).toBe(0);
  // Each clip asked for both ways, as the fixed prompts do: one of the two is right, never both.
  const both = samples.flatMap((one, i) => [one, mixed[i]!]);
  expect(pairScores(both)).toMatchObject({ relation: 0.5, mirrored: 0 });
  const right = samples.flatMap((one) => [one, one]);
  expect(pairScores(right).mirrored).toBe(1);
});

test('a hero that comes back as another is not kept', async () => {
  const samples = (await openTruthHiding()).map(({ clip: _, reading, ...asked }) => ({
    wanted: { ...asked, prompt: '' },
    reading,
  }));
  const scores = hidingScores(samples);
  expect(scores.kept).toBeGreaterThanOrEqual(0.96);
  expect(scores.shuffled).toBeLessThan(0.3);
  const after = { colour: 'none', shape: 'none' };
  expect(hidingScores(samples.map((one) => ({ ...one, reading: { ...one.reading, after } }))).kept).toBe(0);
});

test('forty prompts of pairs, mirrored ones side by side; twenty of heroes that hide', () => {
  expect([pairPrompts.length, hidingPrompts.length]).toEqual([40, 20]);
  pairPrompts.forEach(({ prompt, relation, colour, shape, other_colour }, i) => {
    expect(prompt).toContain(`${colour} ${shape} ${relation} of a`);
    const mirrored = pairPrompts[i % 2 ? i - 1 : i + 1]!;
    expect(mirrored).toMatchObject({ colour, shape, other_colour, relation: turned[relation] });
  });
  for (const { prompt, thing } of hidingPrompts) expect(prompt).toMatch(new RegExp(`behind an? ${thing}`));
});

test('what is not a gate for a CPU-trained model is reported', async () => {
  const text = { shuffled: {} } as Parameters<typeof gateTable>[0]['text'];
  const hiding = { kept: 0.125, shuffled: 0 } as ReturnType<typeof hidingScores>;
  const pairs = { relation: 0.5, shuffled: 0.05 } as ReturnType<typeof pairScores>;
  const rows = gateTable({ text, wide: { pairs, hiding } }).split('\n');
  expect(rows.find((row) => row.includes('relation'))).toMatch(/50\.0 %.* 5\.0 %.*report.*85\.0 %: missed/);
  expect(rows.find((row) => row.includes('permanence'))).toMatch(/12\.5 %.*report.*80\.0 %: missed/);
});

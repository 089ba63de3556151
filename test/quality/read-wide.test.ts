import { describe, expect, test } from 'vitest';
import { openKnowledge } from '../../bench/quality/knowledge';
import { readClip } from '../../bench/quality/read-clip';
import { readHiding } from '../../bench/quality/read-hiding';
import { readPair } from '../../bench/quality/read-pair';
import { openTruthHiding, openTruthOf, openTruthPairs } from '../../bench/quality/truth-clips';

/** Numbers aside, which may differ by a pixel at a threshold: the empty places are stored in 8 bits here. */
const apart = (one: object, other: object) =>
  Math.max(
    ...Object.entries(one).map(([key, value]) =>
      typeof value === 'number' ? Math.abs(value - (other as Record<string, number>)[key]!) : 0,
    ),
  );
const words = (one: object) => Object.fromEntries(Object.entries(one).filter(([, value]) => typeof value !== 'number'));

describe('two heroes', () => {
  test('at least 99 % of what stands left and right is read, as the Python reader reads it', async () => {
    const [know, clips] = await Promise.all([openKnowledge(), openTruthPairs()]);
    let wrong = 0;
    for (const { clip, reading: python, ...asked } of clips) {
      const seen = readPair(clip, know);
      expect(words(seen)).toEqual(words(python));
      expect(apart(seen, python)).toBeLessThan(0.01);
      const first = { colour: asked.colour, shape: asked.shape };
      const second = { colour: asked.other_colour, shape: asked.other_shape };
      const [left, right] = asked.relation === 'left' ? [first, second] : [second, first];
      for (const [key, is] of [['left', left] as const, ['right', right] as const])
        if (seen[key]?.colour !== is.colour || seen[key]?.shape !== is.shape) wrong++;
      if (seen.place !== asked.place) wrong++;
    }
    expect(clips.length).toBeGreaterThanOrEqual(40);
    expect(1 - wrong / (3 * clips.length)).toBeGreaterThanOrEqual(0.99);
  });
});

describe('a hero that passes behind something', () => {
  test('at least 99 % of it is read, as the Python reader reads it; and another hero coming back is noticed', async () => {
    const [know, clips] = await Promise.all([openKnowledge(), openTruthHiding()]);
    let wrong = 0;
    for (const { clip, reading: python, place, motion, colour, shape } of clips) {
      const seen = readHiding(clip, know);
      expect(words(seen)).toEqual(words(python));
      expect(apart(seen, python)).toBeLessThan(0.05);
      const right = [seen.place === place, seen.way === motion, seen.kept];
      for (const hero of [seen.before, seen.after]) right.push(hero?.colour === colour && hero.shape === shape);
      wrong += right.filter((is) => !is).length;
    }
    expect(clips.length).toBeGreaterThanOrEqual(30);
    expect(1 - wrong / (5 * clips.length)).toBeGreaterThanOrEqual(0.99);

    const pairs = clips.flatMap((one) => clips.map((other) => [one, other] as const));
    const [one, other] = pairs.find(
      ([a, b]) => a.place === b.place && a.motion === b.motion && a.colour !== b.colour && a.reading.kept,
    )!;
    const half = (one.clip.data.length / one.clip.frames) * 8;
    const data = one.clip.data.slice();
    data.set(other.clip.data.subarray(half), half);
    expect(readHiding({ ...one.clip, data }, know).kept).toBe(false);
  });
});

test.each([
  [96, 64],
  [64, 96],
  [128, 128],
])('clips of %i x %i pixels are read', async (width, height) => {
  const [know, clips] = await Promise.all([openKnowledge({ width, height }), openTruthOf({ width, height })]);
  for (const { clip, reading: python, place, colour, shape } of clips) {
    const seen = readClip(clip, know);
    expect(seen).toMatchObject({ place, colour, shape });
    expect(words(seen)).toEqual(words(python));
    expect(apart(seen, python)).toBeLessThan(0.02);
  }
});

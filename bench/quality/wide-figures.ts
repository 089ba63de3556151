import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Clip, Knowledge } from './knowledge';
import { type HidingReading, readHiding } from './read-hiding';
import { type PairReading, readPair } from './read-pair';
import type { Settings, Studio } from './studio';
import { hidingAsked, pairAsked } from './truth-clips';

const prompt = z.object({ prompt: z.string() });
const read = <T>(name: string, what: z.ZodType<T>): T[] =>
  z.array(what).parse(JSON.parse(fs.readFileSync(path.join(import.meta.dirname, name), 'utf8')));

/** Twenty pairs that the world's own grammar would never train, each asked left and right: mirrored prompts are neighbours. */
export const pairPrompts = read('pair-prompts.json', pairAsked.extend(prompt.shape));
/** Twenty heroes that pass behind something. */
export const hidingPrompts = read('hiding-prompts.json', hidingAsked.extend(prompt.shape));
export type PairPrompt = (typeof pairPrompts)[number];
export type HidingPrompt = (typeof hidingPrompts)[number];

interface Job {
  settings: Settings;
  seeds: number;
  /** So many of the prompts, at most. */
  most?: number;
  tell?: (done: number, of: number) => void;
}

async function make<P extends { prompt: string }>(
  studio: Studio,
  prompts: readonly P[],
  { settings, seeds, tell }: Job,
): Promise<{ wanted: P; clip: Clip }[]> {
  const made: { wanted: P; clip: Clip }[] = [];
  for (let round = 0; round < seeds; round++)
    for (const [index, wanted] of prompts.entries()) {
      const clip = await studio.make({ prompt: wanted.prompt, seed: round * prompts.length + index, settings });
      made.push({ wanted, clip });
      tell?.(made.length, seeds * prompts.length);
    }
  return made;
}

const share = <T>(list: readonly T[], is: (one: T, index: number) => boolean) =>
  list.length ? list.filter(is).length / list.length : Number.NaN;
/** Each with what the one `by` further on asked for. */
const turned = <T extends { wanted: unknown }>(list: readonly T[], by: number): T[] =>
  list.map((one, i) => ({ ...one, wanted: list[(i + by) % list.length]!.wanted }));

type PairSample = { wanted: PairPrompt; reading: PairReading };

/** The asked colours stand on the asked sides; with `whole`, the asked shapes and the place too. */
function isPair({ wanted, reading }: PairSample, whole = false): boolean {
  const { left, right, place } = reading;
  if (!left || !right) return false;
  const [first, second] = wanted.relation === 'left' ? [left, right] : [right, left];
  const stand = first.colour === wanted.colour && second.colour === wanted.other_colour;
  if (!whole) return stand;
  return stand && first.shape === wanted.shape && second.shape === wanted.other_shape && place === wanted.place;
}

/** Two heroes and which is left of which. `relation` counts "left of" and "right of" together, `mirrored` only pairs of prompts both right. */
export function pairScores(samples: readonly PairSample[]) {
  const shuffled = turned(samples, Math.min(7, samples.length - 1));
  return {
    place: share(samples, ({ wanted, reading }) => wanted.place === reading.place),
    two: share(samples, ({ reading }) => reading.left !== null),
    relation: share(samples, (one) => isPair(one)),
    left: share(
      samples.filter(({ wanted }) => wanted.relation === 'left'),
      (one) => isPair(one),
    ),
    right: share(
      samples.filter(({ wanted }) => wanted.relation === 'right'),
      (one) => isPair(one),
    ),
    mirrored: share(
      samples.filter((_, i) => i % 2 === 0),
      (one, i) => isPair(one) && samples[2 * i + 1] !== undefined && isPair(samples[2 * i + 1]!),
    ),
    all: share(samples, (one) => isPair(one, true)),
    shuffled: share(shuffled, (one) => isPair(one)),
  };
}

type HidingSample = { wanted: HidingPrompt; reading: HidingReading };
const isKept = ({ wanted, reading }: HidingSample): boolean =>
  reading.kept && reading.after?.colour === wanted.colour && reading.after.shape === wanted.shape;

/** A hero that passes behind something: does it come back as itself? `kept` asks for the prompt's colour and shape. */
export function hidingScores(samples: readonly HidingSample[]) {
  return {
    place: share(samples, ({ wanted, reading }) => wanted.place === reading.place),
    colour: share(samples, ({ wanted, reading }) => reading.before?.colour === wanted.colour),
    goes: share(samples, ({ reading }) => reading.gone > 0),
    hidden: share(samples, ({ reading }) => reading.gone > 0 && reading.behind >= 0.5),
    kept: share(samples, isKept),
    shuffled: share(turned(samples, Math.min(7, samples.length - 1)), isKept),
  };
}

export interface WideFigures {
  pairs: ReturnType<typeof pairScores>;
  hiding: ReturnType<typeof hidingScores>;
}

/** What the model makes of two heroes and of things to pass behind, whether it was trained on them or not. */
export async function wideFigures(studio: Studio, know: Knowledge, job: Job): Promise<WideFigures> {
  const most = job.most ?? Number.POSITIVE_INFINITY;
  const pairs = await make(studio, pairPrompts.slice(0, Math.ceil(most / 2) * 2), job);
  const hiding = await make(studio, hidingPrompts.slice(0, most), job);
  return {
    pairs: pairScores(pairs.map(({ wanted, clip }) => ({ wanted, reading: readPair(clip, know) }))),
    hiding: hidingScores(hiding.map(({ wanted, clip }) => ({ wanted, reading: readHiding(clip, know) }))),
  };
}

import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { stillness } from './clip-measures';
import { asked, type Clip, type Knowledge, type Truth, truth } from './knowledge';
import { type Reading, readClip } from './read-clip';
import type { Settings, Studio } from './studio';

const prompt = truth.extend({ prompt: z.string() });
export type Prompt = z.output<typeof prompt>;

/** The 200 fixed prompts, of combinations that training never shows; the trainer measures itself by the same ones. */
export const prompts: Prompt[] = z
  .array(prompt)
  .parse(JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'prompts.json'), 'utf8')));

const directions = ['right', 'left', 'up', 'down'];

export interface Sample {
  wanted: Prompt;
  seed: number;
  clip: Clip;
  reading: Reading;
}

/** Makes one clip for each prompt and seed, and reads it. */
export async function sampleAll(
  studio: Studio,
  know: Knowledge,
  about: { prompts: readonly Prompt[]; seeds: number; settings: Settings; tell?: (done: number, of: number) => void },
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < about.seeds; round++)
    for (const [index, wanted] of about.prompts.entries()) {
      // Each prompt has noise of its own, as in the trainer's evaluation: a lucky seed must not decide for all.
      const seed = round * prompts.length + index;
      const clip = await studio.make({ prompt: wanted.prompt, seed, settings: about.settings });
      samples.push({ wanted, seed, clip, reading: readClip(clip, know) });
      about.tell?.(samples.length, about.seeds * about.prompts.length);
    }
  return samples;
}

type Read = Pick<Sample, 'reading'> & { wanted: Truth };
const share = (list: readonly Read[], is: (one: Read) => boolean) =>
  list.length ? list.filter(is).length / list.length : Number.NaN;

/** Share of clips in which the reader finds what was asked; `direction` counts only clips that should travel. */
export const scoresOf = (list: readonly Read[]) => ({
  place: share(list, ({ wanted, reading }) => wanted.place === reading.place),
  colour: share(list, ({ wanted, reading }) => wanted.colour === reading.colour),
  shape: share(list, ({ wanted, reading }) => wanted.shape === reading.shape),
  motion: share(list, ({ wanted, reading }) => wanted.motion === reading.motion),
  direction: share(
    list.filter(({ wanted }) => directions.includes(wanted.motion)),
    ({ wanted, reading }) => wanted.motion === reading.motion,
  ),
  all: share(list, ({ wanted, reading }) => asked.every((key) => wanted[key] === reading[key])),
});
export type Scores = ReturnType<typeof scoresOf>;

const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;

/** Scores, the same against the wrong prompts, how still and how present, and the share that is right word by word. */
export function textFigures(samples: readonly Sample[]) {
  const turn = samples.length > 7 ? 7 : 1;
  const shuffled = samples.map(({ reading }, i) => ({ reading, wanted: samples[(i + turn) % samples.length]!.wanted }));
  const byWord = Object.fromEntries(
    asked.map((key) => {
      const words = [...new Set(samples.map(({ wanted }) => wanted[key]))].sort();
      const right = (word: string) =>
        share(
          samples.filter(({ wanted }) => wanted[key] === word),
          ({ reading }) => reading[key] === word,
        );
      return [key, Object.fromEntries(words.map((word) => [word, right(word)]))];
    }),
  );
  return {
    ...scoresOf(samples),
    flicker: mean(samples.map(({ clip }) => stillness(clip))),
    /** Of the clips in which nothing should move: what VBench itself would count. */
    flickerStill: mean(samples.filter(({ wanted }) => wanted.motion === 'still').map(({ clip }) => stillness(clip))),
    present: mean(samples.map(({ reading }) => reading.present)),
    shuffled: scoresOf(shuffled),
    byWord,
  };
}

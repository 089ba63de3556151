import { table } from './gates';
import type { Knowledge } from './knowledge';
import type { Settings, Studio } from './studio';
import { type Prompt, sampleAll, textFigures } from './text-figures';

export interface SweepRow extends Settings {
  place: number;
  colour: number;
  shape: number;
  motion: number;
  all: number;
  flicker: number;
  /** Of one clip, text to frames. */
  seconds: number;
}

/** The grid of all given values; where only one thing is given several times, a curve. */
export const gridOf = (about: { samplers: string[]; steps: number[]; guidance: number[] }): Settings[] =>
  about.samplers.flatMap((sampler) =>
    about.steps.flatMap((steps) => about.guidance.map((guidance) => ({ sampler, steps, guidance }))),
  );

/** Measures each setting with the same prompts and noise. `tell` hears each row as soon as it is known. */
export async function sweep(
  studio: Studio,
  know: Knowledge,
  about: { grid: readonly Settings[]; prompts: readonly Prompt[]; seeds: number; tell?: (row: SweepRow) => void },
): Promise<SweepRow[]> {
  const rows: SweepRow[] = [];
  for (const settings of about.grid) {
    const began = performance.now();
    const samples = await sampleAll(studio, know, { ...about, settings, tell: undefined });
    const seconds = (performance.now() - began) / 1000 / samples.length;
    const { place, colour, shape, motion, all, flicker } = textFigures(samples);
    const row = { ...settings, place, colour, shape, motion, all, flicker, seconds };
    rows.push(row);
    about.tell?.(row);
  }
  return rows;
}

/** The rows as a Markdown table. */
export function sweepTable(rows: readonly SweepRow[]): string {
  const percent = (value: number) => `${(100 * value).toFixed(0)} %`;
  return table(
    ['sampler', 'steps', 'guidance', 'place', 'colour', 'shape', 'motion', 'all', 'flicker', 's/clip'],
    rows.map((row) => [
      row.sampler,
      `${row.steps}`,
      `${row.guidance}`,
      ...[row.place, row.colour, row.shape, row.motion, row.all].map(percent),
      row.flicker.toFixed(3),
      row.seconds.toFixed(2),
    ]),
  );
}

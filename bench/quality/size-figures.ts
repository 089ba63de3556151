import { table } from './gates';
import { openKnowledge } from './knowledge';
import { readClip } from './read-clip';
import type { Settings, Size, Studio } from './studio';
import { type Prompt, scoresOf } from './text-figures';

/** Sizes of clips that the shipped model was not trained for, after its own. */
export const sizes: Size[] = [
  { width: 64, height: 64, frames: 17 },
  ...[1, 5, 9, 33].map((frames) => ({ width: 64, height: 64, frames })),
  { width: 96, height: 64, frames: 17 },
  { width: 64, height: 96, frames: 17 },
  { width: 128, height: 128, frames: 17 },
];

export type SizeRow = Size & { place: number; colour: number; shape: number; motion: number; present: number };

/** Share of clips that show what was asked, size by size, with the same prompts. Of a still no motion is asked. */
export async function sizeFigures(
  studio: Studio,
  about: { prompts: readonly Prompt[]; settings: Settings; tell?: (row: SizeRow) => void },
): Promise<SizeRow[]> {
  const rows: SizeRow[] = [];
  for (const size of sizes) {
    const know = await openKnowledge(size);
    const read = [];
    for (const [seed, wanted] of about.prompts.entries()) {
      const clip = await studio.make({ prompt: wanted.prompt, seed, settings: about.settings, size });
      read.push({ wanted, reading: readClip(clip, know) });
    }
    const { place, colour, shape, motion } = scoresOf(read);
    const present = read.reduce((total, { reading }) => total + reading.present, 0) / read.length;
    const row = { ...size, place, colour, shape, motion: size.frames > 1 ? motion : Number.NaN, present };
    rows.push(row);
    about.tell?.(row);
  }
  return rows;
}

/** The rows as a Markdown table. */
export function sizeTable(rows: readonly SizeRow[]): string {
  const percent = (value: number) => (Number.isNaN(value) ? '-' : `${(100 * value).toFixed(0)} %`);
  return table(
    ['size', 'frames', 'place', 'colour', 'shape', 'motion'],
    rows.map((row) => [
      `${row.width} x ${row.height}`,
      `${row.frames}`,
      ...[row.place, row.colour, row.shape, row.motion].map(percent),
    ]),
  );
}

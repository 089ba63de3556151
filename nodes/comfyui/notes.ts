import type { Graph } from '../graph-schema';

type Note = Graph['layout']['notes'][number];

/** How many notes of a page are shown; more would be a wall. */
const shown = 6;
const inRow = 4;
/** Width of a note, and room round it, in canvas pixels. */
export const noteWidth = 440;
export const gap = 40;

/** About how tall a note of this width has to be to show a text whole, in canvas pixels: 56 characters to a line. */
export const heightFor = (text: string): number =>
  40 + 22 * text.split('\n').reduce((lines, line) => lines + Math.max(1, Math.ceil(line.length / 56)), 0);

/**
 * What people wrote beside a page of ComfyUI, as notes of one height in rows above the cards, the lowest first. `left`: how
 * many stand before them.
 */
export function notesAbove(texts: readonly string[], height: number, left = 0): Note[] {
  return texts.slice(0, shown).map((text, index) => ({
    id: `remark-${index}`,
    text: text.slice(0, 20_000),
    at: {
      x: (noteWidth + gap) * ((index + left) % inRow),
      y: -(height + gap) * (1 + Math.floor((index + left) / inRow)),
    },
    size: { x: noteWidth, y: height },
  }));
}

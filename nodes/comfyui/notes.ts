import type { Graph } from '../graph-schema';

type Note = Graph['layout']['notes'][number];

/** How many notes of a page are shown; more would be a wall. */
const shown = 6;
const width = 440;
const gap = 40;

/** What people wrote beside a page of ComfyUI, as notes in a row above the cards. `left`: how many stand before them. */
export function notesAbove(texts: readonly string[], height: number, left = 0): Note[] {
  return texts.slice(0, shown).map((text, index) => ({
    id: `remark-${index}`,
    text: text.slice(0, 20_000),
    at: { x: (width + gap) * (index + left), y: -height - 48 },
    size: { x: width, y: height },
  }));
}

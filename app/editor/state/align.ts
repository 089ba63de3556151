import type { Point } from './edits';

/** A card as it lies on the canvas. */
export interface Placed {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export const alignments = ['left', 'center', 'right', 'top', 'middle', 'bottom', 'across', 'down'] as const;
export type Alignment = (typeof alignments)[number];

/**
 * New places for cards: edges or middles on one line, or (`across`, `down`) with equal gaps between the first and the last,
 * which stay. Whole canvas pixels.
 */
export function align(cards: readonly Placed[], how: Alignment): Record<string, Point> {
  if (how === 'across') return spread(cards, 'x', 'width');
  if (how === 'down') return spread(cards, 'y', 'height');
  const left = Math.min(...cards.map(({ x }) => x));
  const right = Math.max(...cards.map(({ x, width }) => x + width));
  const top = Math.min(...cards.map(({ y }) => y));
  const bottom = Math.max(...cards.map(({ y, height }) => y + height));
  const place: Record<Exclude<Alignment, 'across' | 'down'>, (card: Placed) => Point> = {
    left: ({ y }) => ({ x: left, y }),
    center: ({ y, width }) => ({ x: (left + right - width) / 2, y }),
    right: ({ y, width }) => ({ x: right - width, y }),
    top: ({ x }) => ({ x, y: top }),
    middle: ({ x, height }) => ({ x, y: (top + bottom - height) / 2 }),
    bottom: ({ x, height }) => ({ x, y: bottom - height }),
  };
  return Object.fromEntries(cards.map((card) => [card.id, whole(place[how](card))]));
}

function spread(cards: readonly Placed[], axis: 'x' | 'y', size: 'width' | 'height'): Record<string, Point> {
  const sorted = [...cards].sort((a, b) => a[axis] - b[axis]);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (!first || !last || sorted.length < 3) return Object.fromEntries(sorted.map(({ id, x, y }) => [id, { x, y }]));
  const filled = sorted.reduce((sum, card) => sum + card[size], 0);
  const gap = (last[axis] + last[size] - first[axis] - filled) / (sorted.length - 1);
  let at = first[axis];
  return Object.fromEntries(
    sorted.map((card) => {
      const place = whole({ x: card.x, y: card.y, [axis]: at });
      at += card[size] + gap;
      return [card.id, place];
    }),
  );
}

const whole = ({ x, y }: Point): Point => ({ x: Math.round(x), y: Math.round(y) });

import { cardWidth } from './card-size';
import type { CanvasNode } from './drawing';
import type { Point } from './edits';

const gap = 24;

/** Where a card that no hand has put anywhere covers no other: at the wished place, or as far below it as it must. */
export function freePlace(cards: readonly CanvasNode[], height: number, at: Point): Point {
  const boxes = cards
    .filter(({ type }) => type !== 'group')
    .map(({ position, width, measured, height: tall }) => ({
      left: position.x - gap,
      right: position.x + (measured?.width ?? width ?? cardWidth) + gap,
      top: position.y - gap,
      bottom: position.y + (measured?.height ?? tall ?? 0) + gap,
    }))
    .toSorted((a, b) => a.top - b.top);
  let { y } = at;
  for (const { left, right, top, bottom } of boxes)
    if (at.x < right && at.x + cardWidth > left && y < bottom && y + height > top) y = bottom;
  return { x: at.x, y: Math.round(y) };
}

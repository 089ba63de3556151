import { getViewportForBounds, type Rect } from '@xyflow/react';
import { expect, test } from 'vitest';
import { liesBeneath, overviewPlace, viewBesideOverview } from '../../app/editor/state/overview-place';

const size = { width: 1024, height: 768, hasDrawer: false };
const place = overviewPlace(size);
if (!place) throw new Error('A window of this size has an overview.');

/** Fits cards as the canvas does: 28 pixels at the sides, 76 above, 96 for the dock. */
const fitted = (cards: readonly Rect[], beside: Rect | null = place) =>
  viewBesideOverview(cards, beside, ({ right, bottom }) => {
    const x = Math.min(...cards.map((card) => card.x));
    const y = Math.min(...cards.map((card) => card.y));
    const width = Math.max(...cards.map((card) => card.x + card.width)) - x;
    const height = Math.max(...cards.map((card) => card.y + card.height)) - y;
    const padding = { top: 76, left: 28, right: 28 + right, bottom: Math.max(96, bottom) } as const;
    const px = Object.fromEntries(Object.entries(padding).map(([side, room]) => [side, `${room}px`] as const));
    return getViewportForBounds({ x, y, width, height }, size.width, size.height, 0.1, 1.05, px);
  });
const card = (x: number, y: number, width = 272, height = 300): Rect => ({ x, y, width, height });

test('no card of a fitted graph lies beneath the overview, and none is smaller for it than it must be', () => {
  const wide = [card(0, 0), card(1500, 600)];
  const tall = [card(0, 0), card(300, 1100)];
  for (const cards of [wide, tall]) {
    const view = fitted(cards);
    expect(cards.some((one) => liesBeneath(one, place, { view, apart: 12 }))).toBe(false);
  }
  // The corner of this one is bare: it is fitted as if there were no overview.
  const bare = [card(0, 800), card(900, 0)];
  expect(fitted(bare)).toEqual(fitted(bare, null));
});

test('a window too narrow has no overview; an open drawer pushes it aside', () => {
  expect(overviewPlace({ ...size, width: 900 })).toBeNull();
  expect(overviewPlace({ ...size, hasDrawer: true })).toBeNull();
  expect(overviewPlace({ ...size, width: 1440, hasDrawer: true })?.x).toBe(1440 - 352 - 16 - 168);
});

test('what lies beneath is told by where it is seen', () => {
  const at = (x: number, y: number, zoom = 1) =>
    liesBeneath({ x: 0, y: 0, width: 100, height: 100 }, place, { view: { x, y, zoom } });
  expect(at(place.x - 101, place.y)).toBe(false);
  expect(at(place.x - 99, place.y)).toBe(true);
  expect(at(place.x - 99, place.y, 0.5)).toBe(false);
  expect(at(place.x + place.width, place.y)).toBe(false);
  expect(at(place.x, place.y - 101)).toBe(false);
});

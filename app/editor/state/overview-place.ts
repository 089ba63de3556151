import type { Rect, Viewport } from '@xyflow/react';
import { drawerRoom } from './ui-store';

/** How large the overview is, and how far from the window's corner, in window pixels. */
export const overview = { width: 168, height: 108, margin: 16 };
/** What a fitted view keeps free beside it. */
const beside = 12;
/** Windows so narrow have no overview, with an open drawer and without. */
const narrow = { drawer: 1200, none: 900 };

interface Room {
  width: number;
  height: number;
  hasDrawer: boolean;
}

/** Where the overview lies in a window of this size, in window pixels; null where there is no room for it. */
export function overviewPlace({ width, height, hasDrawer }: Room): Rect | null {
  if (width <= (hasDrawer ? narrow.drawer : narrow.none)) return null;
  const right = overview.margin + (hasDrawer ? drawerRoom : 0);
  return {
    x: width - right - overview.width,
    y: height - overview.margin - overview.height,
    width: overview.width,
    height: overview.height,
  };
}

/** Whether something on the canvas lies beneath a place of the window, `apart` window pixels or less from it. */
export function liesBeneath(card: Rect, place: Rect, about: { view: Viewport; apart?: number }): boolean {
  const { view, apart = 0 } = about;
  const [x, y] = [card.x * view.zoom + view.x, card.y * view.zoom + view.y];
  return (
    x < place.x + place.width + apart &&
    x + card.width * view.zoom > place.x - apart &&
    y < place.y + place.height + apart &&
    y + card.height * view.zoom > place.y - apart
  );
}

/**
 * The largest of some views of these cards in which none lies beneath the overview: that of all the room, that of the room to
 * the left of the overview, that of the room above it.
 *
 * @param viewWith the view that keeps so many window pixels more free at the right and at the foot
 */
export function viewBesideOverview(
  cards: readonly Rect[],
  place: Rect | null,
  viewWith: (more: { right: number; bottom: number }) => Viewport,
): Viewport {
  const whole = viewWith({ right: 0, bottom: 0 });
  if (!place) return whole;
  const isClear = (view: Viewport) => !cards.some((card) => liesBeneath(card, place, { view, apart: beside }));
  const others = () => [
    viewWith({ right: place.width + beside, bottom: 0 }),
    viewWith({ right: 0, bottom: place.height + overview.margin + beside }),
  ];
  if (isClear(whole)) return whole;
  return (
    others()
      .sort((a, b) => b.zoom - a.zoom)
      .find(isClear) ?? whole
  );
}

import { toast } from 'sonner';
import { cardWidth } from './state/card-size';
import type { CanvasNode } from './state/drawing';
import type { Editor } from './state/editor-store';
import { addGroup, move, type Point, setGroup, withBends } from './state/edits';
import { liesInside } from './state/group-drag';
import { tidy } from './state/tidy';

/** Lays all cards out afresh, as one step of undo; groups are drawn around their cards again. */
export function tidyCards(editor: Editor): void {
  const { cards, edit } = editor.getState();
  const sizes = Object.fromEntries(
    cards.flatMap(({ id, measured }) =>
      measured?.width && measured.height ? [[id, { width: measured.width, height: measured.height }]] : [],
    ),
  );
  edit((graph) => {
    const pinned = new Set(graph.layout.pinned);
    const places = Object.fromEntries(Object.entries(tidy(graph, sizes)).filter(([id]) => !pinned.has(id)));
    const moved = cards.map((card) => ({ ...card, position: places[card.id] ?? card.position }));
    const groups = cards.filter(({ type }) => type === 'group');
    return groups.reduce(
      (next, group) => {
        const members = moved.filter(({ id }, index) => places[id] && liesInside(cards[index]!, group));
        return members.length && !pinned.has(group.id) ? setGroup(next, group.id, frameOf(members)) : next;
      },
      // Wires find their way by themselves in the new order.
      withBends(move(graph, places), {}),
    );
  });
}

/** The ground a card covers, where it lies or would lie, in canvas pixels. */
function boxOf({ position, measured, width = cardWidth }: CanvasNode, { x, y }: Point = position) {
  return { left: x, right: x + (measured?.width ?? width), top: y, bottom: y + (measured?.height ?? 0) };
}
type Box = ReturnType<typeof boxOf>;

const isOver = (one: Box, other: Box): boolean =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/** About as tall as the card of a component is, in canvas pixels. */
const componentHeight = 340;

/** Where one card stands for some: in their middle, or where one of them stood if another card lies there. */
export function placeFor(editor: Editor, ids: ReadonlySet<string>): Point {
  const { cards } = editor.getState();
  const places = cards.filter(({ id }) => ids.has(id)).map(({ position }) => position);
  const others = cards.filter(({ id, type }) => !ids.has(id) && type === 'card').map((card) => boxOf(card));
  const mean = (axis: 'x' | 'y') => places.reduce((sum, at) => sum + at[axis], 0) / Math.max(1, places.length);
  const middle = { x: Math.round(mean('x')), y: Math.round(mean('y')) };
  const far = (at: Point) => Math.hypot(at.x - middle.x, at.y - middle.y);
  const isClear = ({ x, y }: Point) => {
    const box = { left: x, right: x + cardWidth, top: y, bottom: y + componentHeight };
    return !others.some((one) => isOver(one, box));
  };
  return [middle, ...places.toSorted((one, other) => far(one) - far(other))].find(isClear) ?? middle;
}

/** Gap that stays between a card and one that made room for it, in canvas pixels. */
const gap = 24;

/**
 * Moves cards that a card has grown over down, and those they would then cover. Returns how to take that back; those that
 * were moved meanwhile stay.
 */
export function makeRoom(editor: Editor, id: string): () => void {
  const { cards, edit, graph } = editor.getState();
  const pinned = new Set(graph.layout.pinned);
  const grown = cards.find((card) => card.id === id);
  const below = cards
    .filter((card) => card.type === 'card' && card.id !== id && !pinned.has(card.id))
    .filter((card) => card.position.y > (grown?.position.y ?? 0))
    .sort((one, other) => one.position.y - other.position.y);
  const placed = grown ? [boxOf(grown)] : [];
  const from: Record<string, Point> = {};
  const to: Record<string, Point> = {};
  for (const card of below) {
    const covering = placed.filter((one) => isOver(one, boxOf(card)));
    if (!covering.length) continue;
    const at = { x: card.position.x, y: Math.max(...covering.map((one) => one.bottom)) + gap };
    from[card.id] = card.position;
    to[card.id] = at;
    placed.push(boxOf(card, at));
  }
  if (Object.keys(to).length) edit((now) => move(now, to));
  return () =>
    edit((now) => {
      const still = Object.entries(to).filter(([one, { x, y }]) => {
        const at = now.layout.positions[one];
        return at?.x === x && at.y === y;
      });
      return still.length ? move(now, Object.fromEntries(still.map(([one]) => [one, from[one]!]))) : now;
    });
}

/** Frames the chosen cards. */
export function frameChosen(editor: Editor): void {
  const { cards, edit } = editor.getState();
  const chosen = cards.filter((card) => card.selected && card.type !== 'group');
  if (!chosen.length) {
    toast('Choose some cards first', { description: 'Shift-drag draws a box around several.' });
    return;
  }
  edit((graph) => addGroup(graph, { title: '', ...frameOf(chosen) }).graph);
}

/** A frame around cards, with room for the group's name above them. */
function frameOf(cards: readonly CanvasNode[]) {
  const left = Math.min(...cards.map(({ position }) => position.x)) - 28;
  const top = Math.min(...cards.map(({ position }) => position.y)) - 56;
  const right = Math.max(...cards.map(({ position, measured }) => position.x + (measured?.width ?? 272))) + 28;
  const bottom = Math.max(...cards.map(({ position, measured }) => position.y + (measured?.height ?? 160))) + 28;
  return { at: { x: left, y: top }, size: { x: right - left, y: bottom - top } };
}

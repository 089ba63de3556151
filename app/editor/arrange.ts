import { toast } from 'sonner';
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

/** Gap that stays between a card and one that made room for it, in canvas pixels. */
const gap = 24;

/**
 * Moves cards that a card has grown over down, and those they would then cover. Returns how to take that back; those that
 * were moved meanwhile stay.
 */
export function makeRoom(editor: Editor, id: string): () => void {
  const { cards, edit, graph } = editor.getState();
  const pinned = new Set(graph.layout.pinned);
  const box = (card: CanvasNode, top = card.position.y) => ({
    left: card.position.x,
    right: card.position.x + (card.measured?.width ?? card.width ?? 0),
    top,
    bottom: top + (card.measured?.height ?? 0),
  });
  const grown = cards.find((card) => card.id === id);
  const below = cards
    .filter((card) => card.type === 'card' && card.id !== id && !pinned.has(card.id))
    .filter((card) => card.position.y > (grown?.position.y ?? 0))
    .sort((one, other) => one.position.y - other.position.y);
  const placed = grown ? [box(grown)] : [];
  const from: Record<string, Point> = {};
  const to: Record<string, Point> = {};
  for (const card of below) {
    const { left, right, bottom } = box(card);
    const above = placed.filter((one) => one.left < right && left < one.right);
    const covering = above.filter((one) => one.bottom > card.position.y && one.top < bottom);
    if (!covering.length) continue;
    const y = Math.max(...covering.map((one) => one.bottom)) + gap;
    from[card.id] = card.position;
    to[card.id] = { x: card.position.x, y };
    placed.push(box(card, y));
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

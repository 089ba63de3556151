import { toast } from 'sonner';
import type { CanvasNode } from './state/drawing';
import type { Editor } from './state/editor-store';
import { addGroup, move, setGroup, withBends } from './state/edits';
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

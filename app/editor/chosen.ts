import { toast } from 'sonner';
import { canBypass } from '../../nodes/active';
import { type Alignment, align } from './state/align';
import { cardWidth } from './state/card-size';
import { clipOf, paste, readClip, selfContained } from './state/clipboard';
import type { Editor } from './state/editor-store';
import { addNote, disconnect, move, type Point, remove, setCollapsed, setOff, setPinned } from './state/edits';
import { useUi } from './state/ui-store';

/** What is done with the chosen cards, notes, groups and wires, whether by key or from a menu. */
export const chosenIds = (editor: Editor) =>
  new Set(editor.getState().cards.flatMap((card) => (card.selected ? [card.id] : [])));

/** Of what is chosen all that is not pinned; when everything is, says so. */
export function looseIds(editor: Editor): Set<string> {
  const pinned = new Set(editor.getState().graph.layout.pinned);
  const ids = chosenIds(editor);
  const loose = new Set([...ids].filter((id) => !pinned.has(id)));
  if (ids.size && !loose.size) toast('It is pinned', { description: 'Let go of it first, from its menu.' });
  return loose;
}

/** Pins what is chosen; if all of it is pinned already, lets go of it. */
export function pinChosen(editor: Editor): void {
  const ids = chosenIds(editor);
  const pinned = new Set(editor.getState().graph.layout.pinned);
  if (ids.size) editor.getState().edit((graph) => setPinned(graph, ids, ![...ids].every((id) => pinned.has(id))));
}

export function removeChosen(editor: Editor): void {
  const { wires, edit } = editor.getState();
  const ids = looseIds(editor);
  const cut = new Set(wires.flatMap((wire) => (wire.selected ? [wire.id] : [])));
  if (ids.size || cut.size) edit((graph) => remove(disconnect(graph, cut), ids));
}

/** Asks beside the chosen card which of its sockets gets a wire, and where that leads: what a hand does with a pointer. */
export function joinChosen(editor: Editor): void {
  const card = editor.getState().cards.find(({ selected }) => selected);
  const drawn = card && document.querySelector(`.react-flow__node[data-id="${CSS.escape(card.id)}"]`);
  if (!card || !drawn) return;
  const { right, top } = drawn.getBoundingClientRect();
  const { x, y } = card.position;
  const after = { x: x + (card.measured?.width ?? cardWidth) + 60, y: y + 60 };
  const beside = { source: after, target: { x: x - 60, y: y + 60 } };
  useUi
    .getState()
    .openPalette({ screen: { x: right + 32, y: top + 20 }, canvas: after, beside, joins: card.id, clear: true });
}

/** Mutes the chosen cards, or bypasses those that can be; if all of them are so already, switches them on again. */
export function switchChosen(editor: Editor, how: 'mute' | 'bypass'): void {
  const { byId, edit, definitions } = editor.getState();
  const chosen = [...chosenIds(editor)].flatMap((id) => byId.get(id) ?? []);
  const able = chosen.filter(({ type }) => how === 'mute' || (definitions[type] && canBypass(definitions[type])));
  if (!able.length) {
    const says =
      how === 'bypass' && chosen.length
        ? 'It makes something new, so there is nothing to hand through. Mute it instead.'
        : 'Choose some cards first.';
    toast(how === 'mute' ? 'Nothing to mute' : 'Nothing to bypass', { description: says });
    return;
  }
  const next = able.every(({ off }) => off === how) ? null : how;
  edit((graph) => setOff(graph, new Set(able.map(({ id }) => id)), next));
}

/** Collapses the chosen cards; if all of them are so already, unfolds them. */
export function collapseChosen(editor: Editor): void {
  const { byId, graph, edit } = editor.getState();
  const ids = new Set([...chosenIds(editor)].filter((id) => byId.has(id)));
  if (!ids.size) return;
  const collapsed = new Set(graph.layout.collapsed);
  edit((now) => setCollapsed(now, ids, ![...ids].every((id) => collapsed.has(id))));
}

/** Lines the chosen cards up. */
export function alignChosen(editor: Editor, how: Alignment): void {
  const { cards, edit } = editor.getState();
  const placed = cards.flatMap(({ id, type, selected, position, measured, draggable }) =>
    selected && type === 'card' && draggable !== false
      ? [{ id, ...position, width: measured?.width ?? cardWidth, height: measured?.height ?? 0 }]
      : [],
  );
  if (placed.length > 1) edit((graph) => move(graph, align(placed, how)));
}

/** Lays copies a little below and to the right. */
export function duplicateChosen(editor: Editor): void {
  const clip = clipOf(editor.getState().graph, chosenIds(editor));
  const places = [...Object.values(clip.positions), ...[...clip.notes, ...clip.groups].map(({ at }) => at)];
  if (!places.length) return;
  const corner = { x: Math.min(...places.map(({ x }) => x)) + 32, y: Math.min(...places.map(({ y }) => y)) + 32 };
  insertClip(editor, JSON.stringify(clip), corner);
}

/** Puts copied cards into the graph, and chooses them. False when the text is something else. */
export function insertClip(editor: Editor, text: string, at: Point): boolean {
  const clip = readClip(text);
  if (!clip) return false;
  const round = selfContained(editor.getState().graph, clip);
  if (round) {
    toast.error('This cannot be put here', {
      description: `“${round.name}” contains the component this is the page of: there would be no end to it.`,
    });
    return true;
  }
  let ids: string[] = [];
  editor.getState().edit((graph) => {
    const pasted = paste(graph, clip, at);
    ids = pasted.ids;
    return pasted.graph;
  });
  editor.getState().select(new Set(ids));
  return true;
}

/** An empty note, chosen, so that it lies above what was there. */
export function writeNote(editor: Editor, at: Point): void {
  let made = '';
  editor.getState().edit((graph) => {
    const added = addNote(graph, { text: '', at, size: { x: 220, y: 130 } });
    made = added.id;
    return added.graph;
  });
  editor.getState().select(new Set([made]));
}

/** Moves what is chosen by so much, in canvas units. A row of key presses is one step of undo. */
export function nudgeChosen(editor: Editor, by: Point): void {
  const places = Object.fromEntries(
    editor
      .getState()
      .cards.filter(({ selected, draggable }) => selected && draggable !== false)
      .map(({ id, position }) => [id, { x: position.x + by.x, y: position.y + by.y }]),
  );
  if (Object.keys(places).length) editor.getState().edit((graph) => move(graph, places), 'nudge');
}

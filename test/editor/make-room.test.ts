import { expect, test } from 'vitest';
import { makeRoom, placeFor } from '../../app/editor/arrange';
import { pinChosen, removeChosen } from '../../app/editor/chosen';
import { createEditor } from '../../app/editor/state/editor-store';
import { move } from '../../app/editor/state/edits';
import { emptyGraph, makeNode } from '../../nodes/graph';

/** Three cards one below another, a fourth beside them, each 100 tall. */
function column() {
  const places = { a: { x: 0, y: 0 }, b: { x: 0, y: 120 }, c: { x: 40, y: 240 }, beside: { x: 400, y: 120 } };
  const nodes = Object.keys(places).map((id) => makeNode('prompt', id));
  const editor = createEditor(move({ ...emptyGraph(), nodes }, places));
  const tall = (id: string, height: number) =>
    editor.getState().cardsChanged([{ type: 'dimensions', id, dimensions: { width: 272, height } }]);
  for (const id of Object.keys(places)) tall(id, 100);
  const y = () =>
    Object.fromEntries(Object.entries(editor.getState().graph.layout.positions).map(([id, at]) => [id, at.y]));
  return { editor, tall, y };
}

test('a card that grows pushes what it would cover down, and that the next; folded again, all come back', () => {
  const { editor, tall, y } = column();
  expect(makeRoom(editor, 'a')).toBeTypeOf('function');
  expect(editor.getState().history.past).toHaveLength(0);
  tall('a', 180);
  const giveBack = makeRoom(editor, 'a');
  expect(y()).toEqual({ a: 0, b: 204, c: 328, beside: 120 });
  // What somebody has moved meanwhile stays where they put it.
  editor.getState().edit((graph) => move(graph, { c: { x: 40, y: 500 } }));
  giveBack();
  expect(y()).toEqual({ a: 0, b: 120, c: 500, beside: 120 });
});

test('a pinned card makes no room, and is not deleted', () => {
  const { editor, tall, y } = column();
  editor.getState().select(new Set(['b']));
  pinChosen(editor);
  tall('a', 180);
  makeRoom(editor, 'a');
  expect(y()['b']).toBe(120);
  editor.getState().select(new Set(['b', 'c']));
  removeChosen(editor);
  expect(editor.getState().graph.nodes.map(({ id }) => id)).toEqual(['a', 'b', 'beside']);
});

test('one card for several stands in their middle; where another lies there, where the nearest of them stood', () => {
  const places = { left: { x: 0, y: 0 }, middle: { x: 380, y: 40 }, right: { x: 900, y: 0 } };
  const nodes = Object.keys(places).map((id) => makeNode('prompt', id));
  const editor = createEditor(move({ ...emptyGraph(), nodes }, places));
  expect(placeFor(editor, new Set(['left', 'right']))).toEqual(places.left);
  expect(placeFor(editor, new Set(['left', 'middle']))).toEqual({ x: 190, y: 20 });
});

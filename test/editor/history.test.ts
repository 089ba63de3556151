import { expect, test } from 'vitest';
import { begin, record, redo, undo } from '../../app/editor/state/history';
import { emptyGraph } from '../../nodes/graph';

const graphs = ['a', 'b', 'c', 'd'].map((name) => emptyGraph(name));
const [a, b, c, d] = graphs as [(typeof graphs)[0], (typeof graphs)[0], (typeof graphs)[0], (typeof graphs)[0]];

test('undo walks back to the beginning and stays there; redo walks forth', () => {
  let history = record(record(begin(a), b, { now: 0 }), c, { now: 1 });
  history = undo(undo(undo(history)));
  expect(history.present).toBe(a);
  expect(redo(redo(redo(history))).present).toBe(c);
});

test('typing in one field is one step, a pause begins another, and so does another field', () => {
  let history = record(begin(a), b, { gesture: 'prompt.text', now: 0 });
  history = record(history, c, { gesture: 'prompt.text', now: 500 });
  expect(undo(history).present).toBe(a);
  expect(undo(record(history, d, { gesture: 'prompt.text', now: 5000 })).present).toBe(c);
  expect(undo(record(history, d, { gesture: 'denoiser.steps', now: 600 })).present).toBe(c);
});

test('an edit without a gesture never merges, and undo ends a gesture', () => {
  const history = record(record(begin(a), b, { now: 0 }), c, { now: 1 });
  expect(undo(history).present).toBe(b);
  const typed = undo(record(record(begin(a), b, { gesture: 'x', now: 0 }), c, { gesture: 'x', now: 1 }));
  const again = record(typed, d, { gesture: 'x', now: 2 });
  expect(undo(again).present).toBe(a);
  expect(again.past).toHaveLength(1);
});

test('a new edit after undo gives up the undone future', () => {
  const history = record(undo(record(begin(a), b, { now: 0 })), c, { now: 5 });
  expect(redo(history).present).toBe(c);
});

test('an edit that changed nothing is no step', () => {
  expect(record(begin(a), a, { now: 0 }).past).toHaveLength(0);
});

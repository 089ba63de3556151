import { expect, test } from 'vitest';
import { type InLine, moved, moveTo, queueRows } from '../../app/editor/state/queue-rows';

const run = (id: string, more: Partial<InLine> = {}): InLine => ({
  ...{ id, name: id, graphId: null, sweepId: null, state: 'queued', queuedAt: new Date(0), startedAt: null },
  ...more,
});
const line = [
  run('now', { state: 'running' }),
  run('a'),
  run('s1', { sweepId: 's' }),
  run('s2', { sweepId: 's' }),
  run('b'),
  run('s3', { sweepId: 's' }),
];

test('cells of a sweep that wait together are one row, and move together; what runs keeps its place', () => {
  const rows = queueRows(line);
  expect(rows.map(({ runs }) => runs)).toEqual([['now'], ['a'], ['s1', 's2'], ['b'], ['s3']]);
  expect(moveTo(rows, 0, 3)).toBeNull();
  expect(moveTo(rows, 1, 1)).toBeNull();
  expect(moveTo(rows, 2, 0)).toEqual({ runs: ['s1', 's2'], before: 'a' });
  expect(moveTo(rows, 1, 2)).toEqual({ runs: ['a'], before: 'b' });
  expect(moveTo(rows, 1, 99)).toEqual({ runs: ['a'] });
});

test('the line is shown as it will be: the row lies where it was asked to', () => {
  const rows = queueRows(line);
  for (let from = 1; from < rows.length; from++)
    for (let to = 1; to < rows.length; to++) {
      const order = moveTo(rows, from, to);
      const after = order ? moved(line, order) : line;
      const ids = rows[from]!.runs;
      const before = rows
        .filter((_, index) => index !== from)
        .slice(0, to)
        .flatMap(({ runs }) => runs);
      expect(after.slice(before.length, before.length + ids.length).map(({ id }) => id)).toEqual(ids);
    }
});

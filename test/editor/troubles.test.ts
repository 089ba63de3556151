import { expect, test } from 'vitest';
import { createEditor } from '../../app/editor/state/editor-store';
import { troublesOf } from '../../app/editor/state/troubles';
import { emptyGraph, makeNode } from '../../nodes/graph';

test('problems of the graph come first with card and socket, then the failures of the last run, each at its card', () => {
  const graph = { ...emptyGraph(), nodes: [makeNode('muxer', 'out'), { ...makeNode('prompt', 'p'), title: 'Words' }] };
  const { checked, flat } = createEditor(graph).getState();
  const about = { problems: checked.problems, root: graph, opened: flat.opened };
  const failed = { p: { state: 'failed' as const, says: 'No memory.', detail: 'trace' } };
  const list = troublesOf({ ...about, failed });
  expect(list.map(({ at, where, from }) => [at, where, from])).toEqual([
    ['out', 'Muxer · Frames', 'graph'],
    ['p', 'Words', 'run'],
  ]);
  expect(list[1]).toMatchObject({ says: 'No memory.', detail: 'trace' });
  // A node that has been removed since leads nowhere; what no node is to blame for, neither.
  expect(troublesOf({ ...about, problems: [], root: emptyGraph(), failed, run: 'The worker stopped.' })).toMatchObject([
    { where: 'The graph', says: 'No memory.' },
    { where: 'The run', says: 'The worker stopped.' },
  ]);
});

import { expect, test } from 'vitest';
import { check } from '../../nodes/check';
import { emptyGraph, type Graph } from '../../nodes/graph';

// Found by the property test of documents, in one of some thousand runs: check threw instead of saying what is wrong.
test('a wire from a node nobody knows into a socket that is not there is a problem, not a crash', () => {
  const node = (id: string, type: string) => ({ id, type, version: 1, params: {}, x: 0, y: 0 });
  const graph: Graph = {
    ...emptyGraph('broken'),
    nodes: [node('a', 'of-another-skein'), node('b', 'image')],
    wires: [{ from: { node: 'a', port: 'model' }, to: { node: 'b', port: 'model' } }],
  };
  const says = check(graph, {}).problems.map((problem) => problem.says);
  expect(says).toContain('"Image" has no input called "model". Remove the wire.');
});

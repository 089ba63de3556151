import { expect, test } from 'vitest';
import { cardHeight, cardWidth } from '../../app/editor/state/card-size';
import { laidOut } from '../../app/editor/state/tidy';
import { registry } from '../../nodes/registry';
import { bring, textToVideo } from '../nodes/workflows-for-tests';

test('a graph without places gets them: in the order of work, no card upon another', () => {
  const { graph } = bring(textToVideo);
  const { positions } = laidOut(graph).layout;
  expect(Object.keys(positions)).toHaveLength(graph.nodes.length);
  for (const { from, to } of graph.wires) expect(positions[from.node]!.x).toBeLessThan(positions[to.node]!.x);
  for (const [index, one] of graph.nodes.entries())
    for (const other of graph.nodes.slice(index + 1)) {
      const [a, b] = [positions[one.id]!, positions[other.id]!];
      const apart =
        a.y < b.y ? b.y - a.y - cardHeight(registry[one.type]) : a.y - b.y - cardHeight(registry[other.type]);
      expect(Math.abs(a.x - b.x) >= cardWidth || apart > 0).toBe(true);
    }
});

test('places that somebody chose stay', () => {
  const graph = laidOut(bring(textToVideo).graph);
  expect(laidOut(graph)).toBe(graph);
});

import { expect, test } from 'vitest';
import { branchFrom } from '../../app/editor/state/branch';
import { check } from '../../nodes/check';
import { fingerprints, pausedPrint } from '../../nodes/fingerprint';
import type { Graph } from '../../nodes/graph';
import { models, textToVideo } from '../nodes/graphs-for-tests';

const prints = (graph: Graph) =>
  fingerprints(graph, { params: check(graph, models).params, models, device: 'cpu/fp32' });
const into = (graph: Graph, node: string) =>
  graph.wires.filter(({ to }) => to.node === node).map(({ from, to }) => `${from.node}.${from.port} ${to.port}`);

test('a branch is a card that pauses, one that goes on, and all that was made of the clip once more', () => {
  const graph = textToVideo({ denoiser: { steps: 12 } });
  const { graph: made, branch } = branchFrom(graph, { node: 'denoiser', step: 5, bottom: 900 });
  expect(check(made, models).problems).toEqual([]);
  expect(made.nodes.slice(0, graph.nodes.length)).toEqual(graph.nodes);
  const added = made.nodes.slice(graph.nodes.length);
  expect(added.map(({ type }) => type).sort()).toEqual(['denoiser', 'denoiser', 'muxer', 'vae-decoder']);
  const trunk = added.find(({ params }) => params.pause === 5)!;
  expect(prints(made)[trunk.id]).toBe(pausedPrint(prints(graph).denoiser!, 5));
  expect(into(made, branch)).toEqual([...into(graph, 'denoiser'), `${trunk.id}.clip clip`]);
  expect(into(made, trunk.id)).toEqual(into(graph, 'denoiser'));
  // What came from before the denoiser still comes from there; what came from it comes from the branch.
  const decoder = added.find(({ type }) => type === 'vae-decoder')!;
  expect(into(made, decoder.id).sort()).toEqual([`${branch}.clip clip`, 'model.vae model']);
  for (const { id } of added) expect(made.layout.positions[id]!.y).toBeGreaterThan(900);
});

test('a second branch from the same step shares the card that pauses; a branch can be branched', () => {
  const graph = textToVideo({ denoiser: { steps: 12 } });
  const first = branchFrom(graph, { node: 'denoiser', step: 5, bottom: 0 });
  const second = branchFrom(first.graph, { node: 'denoiser', step: 5, bottom: 0 });
  const pausing = ({ nodes }: Graph) => nodes.filter(({ params }) => params.pause);
  expect(pausing(second.graph)).toEqual(pausing(first.graph));
  const further = branchFrom(first.graph, { node: first.branch, step: 8, bottom: 0 });
  expect(check(further.graph, models).problems).toEqual([]);
  const trunk = pausing(further.graph).find(({ params }) => params.pause === 8)!;
  expect(trunk.params.goesOn).toBe(true);
  expect(prints(further.graph)[trunk.id]).toBe(pausedPrint(prints(first.graph)[first.branch]!, 8));
});

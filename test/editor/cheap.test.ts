import { expect, test } from 'vitest';
import { isCheap } from '../../app/editor/state/cheap';
import type { NodePlan } from '../../nodes/events';
import { registry } from '../../nodes/registry';
import { graphOf } from '../nodes/graphs-for-tests';

const graph = graphOf({ denoiser: ['denoiser'], vae: ['vae-decoder'], trim: ['trim'], muxer: ['muxer'] }, [
  'denoiser.clip > vae.clip',
  'vae.frames > trim.frames',
  'trim.frames > muxer.frames',
]);
const plan = (running: Record<string, number | undefined>): Record<string, NodePlan> =>
  Object.fromEntries(
    graph.nodes.map(({ id }) => [
      id,
      id in running ? { state: 'will-run' as const, seconds: running[id] } : { state: 'cached' as const },
    ]),
  );

test('cheap is what needs no network and takes no time; nothing to do is not cheap but nothing', () => {
  expect(isCheap(graph, plan({ muxer: 0.4, trim: undefined }), registry)).toBe(true);
  expect(isCheap(graph, plan({ muxer: 0.4, vae: 0.1 }), registry)).toBe(false);
  expect(isCheap(graph, plan({ muxer: 40 }), registry)).toBe(false);
  expect(isCheap(graph, plan({}), registry)).toBe(false);
  expect(isCheap(graph, { ...plan({ muxer: 1 }), vae: { state: 'blocked' } }, registry)).toBe(false);
});

import { describe, expect, test } from 'vitest';
import { runReport } from '../../app/editor/state/run-report';
import { type RanNode, whyRan } from '../../app/editor/state/why-ran';
import type { Graph } from '../../nodes/graph';
import type { MadeWith } from '../../nodes/made-with';
import { textToVideo } from '../nodes/graphs-for-tests';

const record: MadeWith = {
  ...{ skein: '0.1.0', node: '22.1.0', onnxruntime: '1.30.0', ffmpeg: '7.1' },
  device: { provider: 'cpu', key: 'cpu/fp32', says: 'Computing on cpu.' },
  models: { gosling: { title: 'Gosling', digest: 'a'.repeat(64) } },
  nodes: { denoiser: 1, muxer: 1 },
};
const at = new Date('2026-11-26T12:00:00Z');
const ran = (node: string, state: RanNode['state'] = 'done', kind: 'latent' | 'model' = 'latent'): RanNode => ({
  ...{ node, state, fingerprint: `${node}-print` },
  outputs: { out: { kind, facts: {} } },
});
const why = (nodes: RanNode[], graph: Graph, before: Parameters<typeof whyRan>[1], now = record) =>
  whyRan({ graph, record: now, nodes, at }, before);

describe('why a node was computed', () => {
  const old = textToVideo({ denoiser: { steps: 20 } });
  const earlier = { graph: old, record, finished: ['noise', 'decoder'] };

  test('its own change, or the nearest before it; what was reused needs no reason', () => {
    const now = textToVideo({ denoiser: { steps: 30 } });
    const said = why([ran('noise', 'reused'), ran('denoiser'), ran('decoder')], now, { earlier, madeBefore: {} });
    expect(said.has('noise')).toBe(false);
    expect(said.get('denoiser')).toBe('Changed since the run before: Denoiser: Steps 20 → 30.');
  });

  test('made for the first time, made in no time, or evicted', () => {
    const first = { earlier: null, madeBefore: {} };
    expect(why([ran('denoiser')], old, first).get('denoiser')).toBe('Made for the first time.');
    expect(why([ran('model', 'done', 'model')], old, first).get('model')).toMatch(/never kept/);
    const evicted = { earlier, madeBefore: { 'denoiser-print': new Date(at.getTime() - 5 * 60_000) } };
    expect(why([ran('denoiser')], old, evicted).get('denoiser')).toBe(
      'It had been made before (5 min ago), and was no longer in the cache.',
    );
    expect(why([ran('denoiser')], old, { earlier, madeBefore: {} }).get('denoiser')).toMatch(/had not finished it/);
    expect(why([ran('decoder')], old, { earlier, madeBefore: {} }).get('decoder')).toMatch(/^Skein has changed/);
  });

  test('other weights, another device, a newer node', () => {
    const with_ = (change: Partial<MadeWith>) =>
      why([ran('denoiser')], old, { earlier, madeBefore: {} }, { ...record, ...change }).get('denoiser');
    expect(with_({ models: { gosling: { title: 'Gosling', digest: 'b'.repeat(64) } } })).toMatch(/other weights/);
    expect(with_({ device: { ...record.device, key: 'cuda/fp32' } })).toBe(
      'It computed on cuda/fp32; the run before on cpu/fp32.',
    );
    expect(with_({ nodes: { denoiser: 2, muxer: 1 } })).toMatch(/newer version of the node "denoiser"/);
  });
});

test('opening models and full memory are told among the reasons', () => {
  const times = { queuedAt: at, startedAt: at, finishedAt: new Date(at.getTime() + 10_000), attempt: 1 };
  const node = {
    ...{ node: 'denoiser', state: 'done' as const, attempt: 1, seconds: 9, resumedAt: null, startedAt: at },
    finishedAt: new Date(at.getTime() + 9000),
    about: { opening: 4, memory: 15e9 },
  };
  const { why: told } = runReport(times, [node], textToVideo(), 16e9);
  expect(told.join(' ')).toContain('Opening models took 4.0 s of it.');
  expect(told.join(' ')).toContain('15.0 GB of 16.0 GB of memory');
  expect(runReport(times, [node], textToVideo(), 64e9).why.join(' ')).not.toContain('memory');
});

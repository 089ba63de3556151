import { describe, expect, test } from 'vitest';
import { type NodeReport, runReport } from '../../app/editor/state/run-report';
import { graphOf, textToVideo } from '../nodes/graphs-for-tests';

const at = (seconds: number) => new Date(1_700_000_000_000 + 1000 * seconds);
const graph = graphOf({ words: ['prompt'], text: ['text-encoder'], denoiser: ['denoiser'], muxer: ['muxer'] }, []);
const node = (about: Partial<NodeReport> & Pick<NodeReport, 'node'>): NodeReport => ({
  state: 'done',
  attempt: 1,
  seconds: null,
  resumedAt: null,
  startedAt: null,
  finishedAt: null,
  ...about,
});

describe('what a run spent its time on', () => {
  test('bars in order of their beginning; the longest node is named with its share', () => {
    const { bars, whole, why } = runReport(
      { queuedAt: at(0), startedAt: at(0), finishedAt: at(12), attempt: 1 },
      [
        node({ node: 'muxer', startedAt: at(9), seconds: 1 }),
        node({ node: 'denoiser', startedAt: at(1), seconds: 8 }),
        node({ node: 'text', state: 'reused', seconds: 0 }),
      ],
      graph,
    );
    expect(bars.map((bar) => [bar.node, bar.from, bar.seconds])).toEqual([
      ['denoiser', 1, 8],
      ['muxer', 9, 1],
    ]);
    expect(whole).toBe(12);
    expect(why).toEqual([
      'Denoiser took 8.0 s, 67 % of the 12 s from start to end.',
      '3.0 s passed between nodes: starting the worker, opening models, other runs at the device.',
      '1 of 3 nodes came from the cache.',
    ]);
  });

  test('nodes whose beginnings were written down at one time stand in the order of their work', () => {
    const whole = textToVideo({ model: { model: 'gosling' } });
    const nodes = ['decoder', 'denoiser', 'model', 'noise', 'text'].map((id) => node({ node: id, startedAt: at(0) }));
    const early = node({ node: 'muxer', startedAt: at(-1) });
    const { bars } = runReport(
      { queuedAt: at(-1), startedAt: at(-1), finishedAt: at(1), attempt: 1 },
      [...nodes, early],
      whole,
    );
    const names = bars.map((bar) => bar.node);
    expect(names[0]).toBe('muxer');
    for (const { from, to } of whole.wires)
      if (to.node !== 'muxer' && names.includes(from.node))
        expect(names.indexOf(from.node)).toBeLessThan(names.indexOf(to.node));
  });

  test('waiting, and a second attempt that went on', () => {
    const { why } = runReport(
      { queuedAt: at(-30), startedAt: at(0), finishedAt: at(4), attempt: 2 },
      [node({ node: 'denoiser', startedAt: at(0), seconds: 4, resumedAt: 12, attempt: 2 })],
      graph,
    );
    expect(why).toContain('It waited 30 s for its turn before it began.');
    expect(why).toContain('It was begun 2 times, the last time after step 12 of what was under way.');
  });

  test('a node that was under way when the run ended has a bar up to there', () => {
    const { bars } = runReport(
      { queuedAt: at(0), startedAt: at(0), finishedAt: at(6), attempt: 1 },
      [node({ node: 'denoiser', state: 'running', startedAt: at(2) })],
      graph,
    );
    expect(bars).toMatchObject([{ from: 2, seconds: 4, state: 'running' }]);
  });

  test('a run with nothing to tell still has a picture', () => {
    const empty = runReport({ queuedAt: at(0), startedAt: null, finishedAt: null, attempt: 0 }, [], graph);
    expect(empty.whole).toBeGreaterThan(0);
    expect(empty.bars).toEqual([]);
  });
});

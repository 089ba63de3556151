import { sayTrail } from '../../../nodes/component-node';
import type { NodeAbout } from '../../../nodes/events';
import { flatten, trailTo } from '../../../nodes/flatten';
import { type Graph, order } from '../../../nodes/graph';
import { sayBytes, saySeconds } from './facts-line';

/** What the server tells of one node of a run. Times are dates, durations seconds. */
export interface NodeReport {
  node: string;
  state: 'running' | 'done' | 'reused' | 'failed';
  attempt: number;
  seconds: number | null;
  resumedAt: number | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  about?: NodeAbout;
}

export interface RunTimes {
  queuedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  attempt: number;
}

/** A line of the picture: when a node began and how long it took, in seconds since the run began. */
export interface Bar {
  node: string;
  title: string;
  type: string;
  state: NodeReport['state'];
  from: number;
  seconds: number;
}

export interface RunReport {
  /** In the order of their beginnings. */
  bars: Bar[];
  /** Length of the picture in seconds, never 0. */
  whole: number;
  /** Why it took as long as it did, most telling first. */
  why: string[];
}

/** Below this share of the whole nothing is worth a sentence. */
const worthASentence = 0.1;

/** From this share of all memory on, weights are read from the disk again and again. */
const nearlyFull = 0.85;

/** What a run spent its time on, as a picture and in sentences. `memory` is all the machine has, in bytes. */
export function runReport(
  run: RunTimes,
  nodes: readonly NodeReport[],
  graph: Graph,
  memory = Number.POSITIVE_INFINITY,
): RunReport {
  const begun = run.startedAt?.getTime() ?? run.queuedAt.getTime();
  // News that was written down together has one time: then what feeds another came before it.
  const ordered = order(flatten(graph).graph) ?? [];
  const places = new Map(ordered.map((id, index) => [id, index]));
  const place = ({ node }: Bar) => places.get(node) ?? ordered.length;
  const bars = nodes
    .filter(({ state }) => state !== 'reused')
    .map(({ node, state, seconds, startedAt, finishedAt }): Bar => {
      const from = startedAt ? Math.max(0, (startedAt.getTime() - begun) / 1000) : 0;
      const until = (finishedAt ?? run.finishedAt)?.getTime();
      const lasted = seconds ?? (until === undefined ? 0 : Math.max(0, (until - begun) / 1000 - from));
      const type = trailTo(graph, node).at(-1)?.type ?? '';
      const title = sayTrail(graph, node) || node;
      return { node, title, type, state, from, seconds: lasted };
    })
    .sort((a, b) => a.from - b.from || place(a) - place(b));
  const ended = run.finishedAt ? (run.finishedAt.getTime() - begun) / 1000 : 0;
  const whole = Math.max(ended, ...bars.map(({ from, seconds }) => from + seconds), 0.001);
  return { bars, whole, why: reasons({ run, nodes, bars, whole, memory }) };
}

function reasons(about: {
  run: RunTimes;
  nodes: readonly NodeReport[];
  bars: readonly Bar[];
  whole: number;
  memory: number;
}): string[] {
  const { run, nodes, bars, whole, memory } = about;
  const share = (seconds: number) => Math.round((100 * seconds) / whole);
  const longest = [...bars].sort((a, b) => b.seconds - a.seconds)[0];
  const busy = bars.reduce((sum, { seconds }) => sum + seconds, 0);
  const waited = run.startedAt ? (run.startedAt.getTime() - run.queuedAt.getTime()) / 1000 : 0;
  const opening = nodes.reduce((sum, node) => sum + (node.about?.opening ?? 0), 0);
  const most = Math.max(0, ...nodes.map((node) => node.about?.memory ?? 0));
  const resumed = nodes.find(({ resumedAt }) => resumedAt);
  const reused = nodes.filter(({ state }) => state === 'reused').length;
  return [
    ...(longest && longest.seconds > worthASentence * whole
      ? [
          `${longest.title} took ${saySeconds(longest.seconds)}, ${share(longest.seconds)} % of the ${saySeconds(whole)} from start to end.`,
        ]
      : []),
    ...(opening > Math.max(0.2, worthASentence * whole) ? [`Opening models took ${saySeconds(opening)} of it.`] : []),
    ...(most > nearlyFull * memory
      ? [
          `The worker came to hold ${sayBytes(most)} of ${sayBytes(memory)} of memory: weights may have been read more than once.`,
        ]
      : []),
    ...(waited > Math.max(1, worthASentence * whole)
      ? [`It waited ${saySeconds(waited)} for its turn before it began.`]
      : []),
    ...(whole - busy > Math.max(0.5, worthASentence * whole)
      ? [
          `${saySeconds(whole - busy)} passed between nodes: starting the worker, opening models, other runs at the device.`,
        ]
      : []),
    ...(run.attempt > 1
      ? [
          `It was begun ${run.attempt} times${resumed ? `, the last time after step ${resumed.resumedAt} of what was under way` : ''}.`,
        ]
      : []),
    reused
      ? `${reused} of ${nodes.length} nodes came from the cache.`
      : `None of its ${nodes.length} nodes came from the cache.`,
  ];
}

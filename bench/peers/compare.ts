import { loadavg } from 'node:os';
import type { Done, Peer } from './peer';

/** Medians of one peer's runs, and what it took to open. */
export interface Figures {
  openSeconds: number;
  openPrivateMegabytes: number;
  seconds: number;
  coreSeconds: number;
  privateMegabytes: number;
  residentMegabytes: number;
  sum: number;
}

export interface Comparison {
  /** By name; the first is ours. */
  peers: Record<string, Figures>;
  /** Ours by theirs, of medians: below 1 we are faster. */
  times: Record<string, { wall: number; core: number }>;
  /** How busy the machine was when it was done; with nothing else to do it is about the number of threads. */
  load: number;
}

/**
 * Opens peers one after another, has each run once unmeasured if `isWarm` (files are read, memory is taken), then lets them
 * take turns: what else the machine does hits all alike.
 */
export async function compare(
  starters: readonly (() => Peer)[],
  { rounds, isWarm = true }: { rounds: number; isWarm?: boolean },
): Promise<Comparison> {
  const peers: Peer[] = [];
  try {
    const opened: Done[] = [];
    for (const start of starters) {
      const peer = start();
      peers.push(peer);
      opened.push(await peer.opened());
      if (isWarm) await peer.run();
    }
    const runs: Done[][] = peers.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, peer] of peers.entries()) runs[i]!.push(await peer.run());
    }
    const figures = peers.map((_, i) => summary(opened[i]!, runs[i]!));
    const [ours, ...theirs] = figures as [Figures, ...Figures[]]; // the first of at least one
    const times = theirs.map((their, i) => [
      peers[i + 1]!.name,
      { wall: round(ours.seconds / their.seconds), core: round(ours.coreSeconds / their.coreSeconds) },
    ]);
    return {
      peers: Object.fromEntries(figures.map((one, i) => [peers[i]!.name, one])),
      times: Object.fromEntries(times),
      load: round(loadavg()[0]!),
    };
  } finally {
    for (const peer of peers) await peer.close();
  }
}

function summary(opened: Done, runs: readonly Done[]): Figures {
  const of = (field: Exclude<keyof Done, 'sum'>) => median(runs.map((run) => run[field]));
  return {
    openSeconds: round(opened.seconds),
    openPrivateMegabytes: Math.round(opened.privateMegabytes),
    seconds: round(of('seconds')),
    coreSeconds: round(of('coreSeconds')),
    // The highest of all: memory is a matter of the worst moment.
    privateMegabytes: Math.round(Math.max(...runs.map((run) => run.privateMegabytes))),
    residentMegabytes: Math.round(Math.max(...runs.map((run) => run.residentMegabytes))),
    sum: runs.at(-1)?.sum ?? Number.NaN,
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

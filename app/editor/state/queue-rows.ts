import type { Outline } from '../../../nodes/outline';
import { toldApart } from './told-apart';

/** A run as the queue lists it. */
export interface InLine {
  id: string;
  name: string;
  graphId: string | null;
  sweepId: string | null;
  state: string;
  queuedAt: Date;
  startedAt: Date | null;
  /** What it was asked for. */
  outline?: Outline;
}

/** One line of the queue: a run, or the cells of a sweep that follow one another. */
export interface QueueRow extends Omit<InLine, 'id' | 'state' | 'outline'> {
  key: string;
  /** What tells it from the other runs of its graph; the empty word where nothing does. */
  apart: string;
  runs: string[];
  isRunning: boolean;
}

/** What runs and waits, as rows: neighbouring cells of a sweep are one. */
export function queueRows(line: readonly InLine[]): QueueRow[] {
  const rows: QueueRow[] = [];
  const apart = new Map<string, string>();
  for (const graph of new Set(line.map(({ graphId }) => graphId))) {
    const runs = line.filter(({ graphId, sweepId }) => graphId === graph && !sweepId);
    for (const [at, words] of toldApart(runs.map(({ outline }) => outline)).entries()) apart.set(runs[at]!.id, words);
  }
  for (const { id, state, outline: _, ...run } of line) {
    const isRunning = state === 'running';
    const last = rows.at(-1);
    if (last && run.sweepId && last.sweepId === run.sweepId && last.isRunning === isRunning) last.runs.push(id);
    else rows.push({ ...run, key: id, runs: [id], isRunning, apart: apart.get(id) ?? '' });
  }
  return rows;
}

/**
 * What to ask of the server so that the row at `from` comes to lie at `to`; null when it lies there already or cannot: what
 * runs has its place.
 */
export function moveTo(
  rows: readonly QueueRow[],
  from: number,
  to: number,
): { runs: string[]; before?: string } | null {
  const row = rows[from];
  const first = rows.findIndex(({ isRunning }) => !isRunning);
  const goal = Math.min(rows.length - 1, Math.max(first, to));
  if (!row || row.isRunning || goal === from) return null;
  const before = rows.filter((one) => one !== row)[goal]?.runs[0];
  return { runs: row.runs, ...(before === undefined ? {} : { before }) };
}

/** The line as it will be once the server has moved these runs: shown before it answers. */
export function moved<R extends { id: string }>(
  line: readonly R[],
  { runs, before }: { runs: readonly string[]; before?: string },
): R[] {
  const rest = line.filter(({ id }) => !runs.includes(id));
  const at = before === undefined ? rest.length : rest.findIndex(({ id }) => id === before);
  return [...rest.slice(0, at), ...line.filter(({ id }) => runs.includes(id)), ...rest.slice(at)];
}

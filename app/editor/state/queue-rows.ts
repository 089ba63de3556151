/** A run as the queue lists it. */
export interface InLine {
  id: string;
  name: string;
  graphId: string | null;
  sweepId: string | null;
  state: string;
  queuedAt: Date;
  startedAt: Date | null;
}

/** One line of the queue: a run, or the cells of a sweep that follow one another. */
export interface QueueRow extends Omit<InLine, 'id' | 'state'> {
  key: string;
  runs: string[];
  isRunning: boolean;
}

/** What runs and waits, as rows: neighbouring cells of a sweep are one. */
export function queueRows(line: readonly InLine[]): QueueRow[] {
  const rows: QueueRow[] = [];
  for (const { id, state, ...run } of line) {
    const isRunning = state === 'running';
    const last = rows.at(-1);
    if (last && run.sweepId && last.sweepId === run.sweepId && last.isRunning === isRunning) last.runs.push(id);
    else rows.push({ ...run, key: id, runs: [id], isRunning });
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

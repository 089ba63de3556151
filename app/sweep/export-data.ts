import type { AxisValue } from '../../nodes/sweep';
import { cellValues, type LaidOut, sayCell } from '../../nodes/sweep-cells';
import { sayValue } from '../../nodes/sweep-values';
import type { Answers } from '../api-client';

type Swept = Answers['sweeps']['get'];

/** One cell with its settings and what is known of its result. Seconds, bytes, pixels. */
export interface Row {
  cell: number;
  name: string;
  settings: Record<string, AxisValue>;
  state: string;
  says?: string;
  seconds: number | null;
  /** Seconds of each node that ran; 0 for what was taken from the cache. */
  nodes: Record<string, number>;
  cached: number | null;
  /** What nodes have measured, by node and figure. */
  figures: Record<string, number>;
  file?: {
    name: string;
    sha256: string;
    bytes: number;
    width: number | null;
    height: number | null;
    frames: number | null;
  };
}

export function rowsOf({ cells }: Pick<Swept, 'cells'>, laid: LaidOut): Row[] {
  const byIndex = new Map(laid.cells.map((cell) => [cell.index, cell]));
  return cells.flatMap(({ cell: index, state, says, seconds, reused, nodes, figures, assets }) => {
    const cell = byIndex.get(index);
    if (!cell) return [];
    const [asset] = assets;
    const file = asset && {
      ...{ name: asset.name, sha256: asset.sha256, bytes: asset.bytes },
      ...{ width: asset.width, height: asset.height, frames: asset.frames },
    };
    return {
      ...{ cell: index, name: sayCell(laid, cell), settings: cellValues(laid, cell), state, seconds, cached: reused },
      figures,
      nodes: Object.fromEntries(nodes.map((node) => [node.node, node.seconds ?? 0])),
      ...(says ? { says } : {}),
      ...(file ? { file } : {}),
    };
  });
}

/** RFC 4180, one line a cell: the settings, then what came of it. Text that a spreadsheet would run is made text. */
export function csvOf(rows: readonly Row[]): string {
  const axes = Object.keys(rows[0]?.settings ?? {});
  const nodes = [...new Set(rows.flatMap((row) => Object.keys(row.nodes)))];
  const measured = [...new Set(rows.flatMap((row) => Object.keys(row.figures)))];
  const head = [
    'cell',
    ...axes,
    'state',
    'seconds',
    'cached nodes',
    ...nodes.map((node) => `${node} s`),
    ...measured,
    'bytes',
    'width',
    'height',
    'frames',
    'file',
    'sha256',
    'reason',
  ];
  const lines = rows.map(({ cell, settings, state, seconds, cached, nodes: times, figures, file, says }) => [
    ...[cell, ...axes.map((name) => sayValue(settings[name] ?? '')), state, seconds, cached],
    ...[
      ...nodes.map((node) => times[node]),
      ...measured.map((name) => figures[name]),
      file?.bytes,
      file?.width,
      file?.height,
      file?.frames,
      file?.name,
      file?.sha256,
      says,
    ],
  ]);
  return `${[head, ...lines].map((line) => line.map(quoted).join(',')).join('\r\n')}\r\n`;
}

function quoted(value: unknown): string {
  if (value === null || value === undefined) return '';
  // Seconds as they were measured have fifteen digits, of which nobody reads nine.
  const text = String(typeof value === 'number' ? Number(value.toFixed(6)) : value);
  const safe =
    typeof value === 'string' && /^[=+\-@\t]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

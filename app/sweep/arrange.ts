import type { LaidOut } from '../../nodes/sweep-cells';

/** How a sweep lies on the page. Axes go by their place in the document. */
export interface Arrangement {
  /** Axes along the top and down the side; null for none. */
  x: number | null;
  y: number | null;
  /** Further axes stand as rows within rows; else one value of each is shown at a time. */
  isNested: boolean;
  /** The value shown of each further axis. */
  page: Readonly<Record<number, number>>;
  /** Rows and columns, as `axis:value`, that are not shown, or held at the edge. */
  hidden: readonly string[];
  locked: readonly string[];
}

export interface Line {
  /** `axis:value` of what the line stands for, its own axis first. */
  keys: string[];
  labels: string[];
  /** Values by axis. */
  at: Readonly<Record<number, number>>;
  isLocked: boolean;
}

/** The longest axis along the top, the next down the side: a grid wider than high, as screens are. */
export function firstArrangement({ axes }: Pick<LaidOut, 'axes'>): Arrangement {
  const byLength = axes.map(({ values }, at) => ({ at, count: values.length })).sort((a, b) => b.count - a.count);
  return { x: byLength[0]?.at ?? null, y: byLength[1]?.at ?? null, isNested: false, page: {}, hidden: [], locked: [] };
}

/** Columns and rows as shown, locked ones first. */
export function linesOf({ axes }: Pick<LaidOut, 'axes'>, view: Arrangement): { columns: Line[]; rows: Line[] } {
  const rest = axes.map((_, at) => at).filter((at) => at !== view.x && at !== view.y);
  const down = [...(view.y === null ? [] : [view.y]), ...(view.isNested ? rest : [])];
  return { columns: product(axes, view.x === null ? [] : [view.x], view), rows: product(axes, down, view) };
}

function product(axes: LaidOut['axes'], along: readonly number[], view: Arrangement): Line[] {
  let lines: Omit<Line, 'isLocked'>[] = [{ keys: [], labels: [], at: {} }];
  for (const axis of along)
    lines = lines.flatMap((line) =>
      axes[axis]!.labels.map((label, value) => ({
        keys: [...line.keys, `${axis}:${value}`],
        labels: [...line.labels, label],
        at: { ...line.at, [axis]: value },
      })),
    );
  const shown = lines
    .filter(({ keys }) => !keys.some((key) => view.hidden.includes(key)))
    .map((line) => ({ ...line, isLocked: line.keys.some((key) => view.locked.includes(key)) }));
  return [...shown.filter(({ isLocked }) => isLocked), ...shown.filter(({ isLocked }) => !isLocked)];
}

/** The number of the cell where a column and a row meet, on the page that is open. */
export function cellAt({ axes }: Pick<LaidOut, 'axes'>, view: Arrangement, lines: { column: Line; row: Line }): number {
  return axes.reduce((index, { values }, axis) => {
    const value = lines.column.at[axis] ?? lines.row.at[axis] ?? view.page[axis] ?? 0;
    return index * values.length + value;
  }, 0);
}

/** What the axes along the sides are called, and what those say of which one value is shown. */
export function axisNames({ axes }: Pick<LaidOut, 'axes'>, view: Arrangement) {
  const rest = axes.map((_, at) => at).filter((at) => at !== view.x && at !== view.y);
  const nameOf = (at: number) => axes[at]?.axis.name ?? '';
  const down = [...(view.y === null ? [] : [view.y]), ...(view.isNested ? rest : [])];
  return {
    across: view.x === null ? '' : nameOf(view.x),
    down: down.map(nameOf).join(' · '),
    fixed: view.isNested ? [] : rest.map((at) => `${nameOf(at)} ${axes[at]?.labels[view.page[at] ?? 0] ?? ''}`.trim()),
  };
}

/** The same grid with its sides exchanged. */
export const swapped = (view: Arrangement): Arrangement => ({ ...view, x: view.y, y: view.x });

/** Puts an axis along a side; whichever was there takes its place. */
export function placed(view: Arrangement, side: 'x' | 'y', axis: number | null): Arrangement {
  const other = side === 'x' ? 'y' : 'x';
  return view[other] === axis && axis !== null
    ? { ...view, [side]: axis, [other]: view[side] }
    : { ...view, [side]: axis };
}

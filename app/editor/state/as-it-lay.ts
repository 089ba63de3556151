import type { Graph } from '../../../nodes/graph';
import type { Point } from './edits';

type Box = { width: number; height: number };

/** Room between columns, and between what lies in one, in canvas pixels. */
const [across, down] = [84, 36];
/** What begins within so many pixels lay in one column there: nodes are wider than that. */
const column = 150;

/**
 * Places for boxes much as they lay elsewhere, where they were of other sizes: the same columns from left to right, the same order
 * in each. Nothing overlaps, and wires lead to the right. What is not in `near` goes to what it is wired with.
 */
export function asItLay(about: {
  ids: readonly string[];
  near: Readonly<Record<string, Point>>;
  sizes: Readonly<Record<string, Box>>;
  wires: Graph['wires'];
}): Record<string, Point> {
  const { ids, near, wires } = about;
  const sizeOf = (id: string): Box => about.sizes[id] ?? { width: 280, height: 200 };
  const known = ids.filter((id) => near[id]);
  const first = firstColumns(known, near);
  const columns = led(ids, wires, first);
  const byColumn = [...new Set(columns.values())].sort((a, b) => a - b);
  const stacks = byColumn.map((at) => ids.filter((id) => columns.get(id) === at));

  const heights = stacks.map((stack) => stack.reduce((sum, id) => sum + sizeOf(id).height + down, -down));
  const tops = known.map((id) => near[id]!.y);
  const [top, span] = [Math.min(...tops), Math.max(...tops) - Math.min(...tops)];
  // What was spread over more room than it takes here moves together.
  const scale = span > 0 ? Math.min(1, Math.max(...heights) / span) : 1;
  const beside = (id: string) =>
    wires.flatMap(({ from, to }) => (from.node === id ? [to.node] : to.node === id ? [from.node] : []));
  const wanted = (id: string): number => {
    const own = near[id] ? [id] : beside(id).filter((other) => near[other]);
    return own.length ? (own.reduce((sum, one) => sum + near[one]!.y - top, 0) / own.length) * scale : 0;
  };

  const places: Record<string, Point> = {};
  let x = 0;
  for (const stack of stacks) {
    const sorted = [...stack].sort((a, b) => wanted(a) - wanted(b));
    let next = Number.NEGATIVE_INFINITY;
    const ys = sorted.map((id) => {
      const y = Math.max(next, wanted(id));
      next = y + sizeOf(id).height + down;
      return y;
    });
    // Making room pushes down: the column as a whole stays where it was.
    const pushed = ys.reduce((sum, y, at) => sum + y - wanted(sorted[at]!), 0) / (ys.length || 1);
    for (const [at, id] of sorted.entries()) places[id] = { x, y: ys[at]! - pushed };
    x += Math.max(...stack.map((id) => sizeOf(id).width)) + across;
  }
  const highest = Math.min(...Object.values(places).map(({ y }) => y));
  for (const [id, { x, y }] of Object.entries(places)) places[id] = { x, y: Math.round(y - highest) };
  return places;
}

/** Columns as they were there, counted from the left. */
function firstColumns(ids: readonly string[], near: Readonly<Record<string, Point>>): Map<string, number> {
  const columns = new Map<string, number>();
  let [at, begins] = [-1, Number.NEGATIVE_INFINITY];
  for (const id of [...ids].sort((a, b) => near[a]!.x - near[b]!.x)) {
    const { x } = near[id]!;
    if (x - begins > column) [at, begins] = [at + 1, x];
    columns.set(id, at);
  }
  return columns;
}

/**
 * Columns in which every wire leads to the right: further right than they were where they must be. Wires that go round in a circle
 * between frames move nothing.
 */
function led(ids: readonly string[], wires: Graph['wires'], first: ReadonlyMap<string, number>): Map<string, number> {
  const columns = new Map(ids.map((id) => [id, first.get(id) ?? 0]));
  const into = new Map(ids.map((id) => [id, new Set<string>()]));
  const out = new Map(ids.map((id) => [id, new Set<string>()]));
  for (const { from, to } of wires) {
    into.get(to.node)?.add(from.node);
    out.get(from.node)?.add(to.node);
  }
  const ready = ids.filter((id) => !into.get(id)?.size);
  for (let id = ready.pop(); id !== undefined; id = ready.pop())
    for (const next of out.get(id) ?? []) {
      columns.set(next, Math.max(columns.get(next) ?? 0, (columns.get(id) ?? 0) + 1));
      into.get(next)?.delete(id);
      if (!into.get(next)?.size) ready.push(next);
    }
  // What nobody placed and nothing leads to stands just before what it leads to.
  for (const id of ids) {
    const after = [...(out.get(id) ?? [])].map((next) => columns.get(next) ?? 0);
    const isFree = !first.has(id) && !wires.some(({ to }) => to.node === id);
    if (isFree && after.length) columns.set(id, Math.min(...after) - 1);
  }
  return columns;
}

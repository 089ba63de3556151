import type { Point } from './edits';

/** How far a wire leaves a socket before it turns, at least, in canvas pixels. */
const lead = 36;

/**
 * A wire through its bends, as an SVG path: it leaves and enters sockets level, and goes smoothly through the points between
 * (Catmull-Rom as cubic Béziers, see Catmull and Rom, "A class of local interpolating splines", 1974).
 */
export function bentPath(from: Point, bends: readonly Point[], to: Point): string {
  const points = [from, ...bends, to];
  const last = points.length - 1;
  const slope = (index: number): Point => {
    const here = points[index]!;
    const next = points[Math.min(last, index + 1)]!;
    const before = points[Math.max(0, index - 1)]!;
    if (index === 0) return { x: Math.max(lead, Math.abs(next.x - here.x) / 2) * 2, y: 0 };
    if (index === last) return { x: Math.max(lead, Math.abs(here.x - before.x) / 2) * 2, y: 0 };
    return { x: (next.x - before.x) / 2, y: (next.y - before.y) / 2 };
  };
  const curves = points.slice(1).map((end, index) => {
    const start = points[index]!;
    const [out, into] = [slope(index), slope(index + 1)];
    const one = { x: start.x + out.x / 3, y: start.y + out.y / 3 };
    const two = { x: end.x - into.x / 3, y: end.y - into.y / 3 };
    return `C${one.x},${one.y} ${two.x},${two.y} ${end.x},${end.y}`;
  });
  return `M${from.x},${from.y} ${curves.join(' ')}`;
}

/** Where among the bends of a wire a new one at `at` belongs: in the stretch it is nearest to. */
export function bendIndex(from: Point, bends: readonly Point[], about: { to: Point; at: Point }): number {
  const points = [from, ...bends, about.to];
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < points.length - 1; index++) {
    const far = distance(about.at, points[index]!, points[index + 1]!);
    if (far < least) [best, least] = [index, far];
  }
  return best;
}

/** From a point to a straight stretch. */
function distance(at: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const share = length ? Math.min(1, Math.max(0, ((at.x - from.x) * dx + (at.y - from.y) * dy) / length)) : 0;
  return Math.hypot(at.x - from.x - share * dx, at.y - from.y - share * dy);
}

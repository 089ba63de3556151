import { finer, standing } from './finer';
import type { Clip, Knowledge } from './knowledge';
import { framesOf, paintsAt, placeOf } from './read-clip';
import { foreground, largestPart, limits as pixelLimits } from './read-clip-mask';
import { columnOf, findColour, findShape, leastPixels, mean, rowOf, type Seen } from './read-clip-object';
import type { Hero } from './read-pair';

export interface HidingReading {
  place: string;
  /** What is seen before and after it is out of sight; null where it is not seen in two frames. */
  before: Hero | null;
  after: Hero | null;
  /** Frames without it in between. */
  gone: number;
  /** Share of its body that would then be where something stands that the empty place has not, had it gone on as it went. */
  behind: number;
  /** How far from where it was to be expected it comes back, in parts of the way it went meanwhile. */
  off: number;
  way: 'right' | 'left' | null;
  /** It goes out of sight behind something and comes back where it was to be expected, in its colour and shape. */
  kept: boolean;
}

/**
 * Shares of the hero's whole size from which it is seen, below which it is gone, and from which it is seen clearly: a ball that
 * is half hidden looks like a box. Then the least share that must be behind something, and how far off it may come back.
 */
const limits = { seen: 0.7, gone: 0.35, clear: 0.93, behind: 0.5, off: 0.15 };

/**
 * Whether a hero that goes out of sight comes back as itself, as `training/reader_hiding.py` reads it. What moves is told from
 * what stands by the median over time, so things need not be known. Throws when the clip is not of the knowledge's size.
 */
export function readHiding(clip: Clip, know: Knowledge): HidingReading {
  const { width, height } = clip;
  const place = placeOf(clip, know);
  const frames = framesOf(clip);
  const still = standing(clip);
  const hero = frames.map((frame): Seen => ({ pixels: largestPart(foreground(frame, still), width), width, height }));
  const areas = hero.map(({ pixels }) => pixels.length);
  const largest = (of: readonly number[]) => Math.max(...of.map((f) => areas[f]!));
  const clear = (of: readonly number[]) => of.filter((f) => areas[f]! >= limits.clear * largest(of));
  const looks = (of: readonly number[]): Hero => looksOf(clip, { still, hero, frames: clear(of), know });

  const reading: HidingReading = {
    place: know.names.place[Math.floor(place / know.views)]!,
    ...{ before: null, after: null, gone: 0, behind: 0, off: 1, way: null, kept: false },
  };
  const whole = mean([...areas].sort((a, b) => b - a).slice(0, 4));
  const all = frames.map((_, f) => f);
  const seen = all.filter((f) => areas[f]! >= Math.max(leastPixels, limits.seen * whole));
  const missing = all.filter((f) => areas[f]! < Math.max(leastPixels, limits.gone * whole));
  if (whole < leastPixels || !seen.length) return reading;
  // The longest gap between two frames that show the hero.
  const gaps = seen.slice(1).map((next, i) => missing.filter((f) => f > seen[i]! && f < next));
  const hidden = gaps.reduce((longest, gap) => (gap.length > longest.length ? gap : longest), []);
  if (!hidden.length) return { ...reading, before: seen.length >= 2 ? looks(seen) : null };
  const early = seen.filter((f) => f < hidden[0]!);
  const late = seen.filter((f) => f > hidden[0]!);
  reading.gone = hidden.length;
  if (early.length < 2) return reading;

  const known = clear(early).length >= 2 ? clear(early) : early;
  const { slope, start } = lineThrough(
    known,
    known.map((f) => columnOf(hero[f]!)),
  );
  const row = mean(known.map((f) => rowOf(hero[f]!)));
  const empty = know.places[place]!;
  const things = Uint8Array.from(still, (value, i) =>
    Number(Math.abs(value - empty[i]!) / 255 > pixelLimits.different),
  );
  const radius = Math.sqrt(whole / Math.PI);
  reading.before = looks(early);
  reading.way = slope > 0 ? 'right' : 'left';
  reading.behind = mean(
    hidden.map((f) => covered({ x: start + slope * f, y: row, radius }, { things, width, height })),
  );
  if (late.length < 2) return reading;
  reading.after = looks(late);
  const back = clear(late);
  const way = Math.max(Math.abs(slope) * (mean(back) - mean(known)), 1e-6);
  reading.off = Math.abs(mean(back.map((f) => columnOf(hero[f]!) - start - slope * f))) / way;
  const { before, after } = reading;
  reading.kept =
    before.colour === after.colour &&
    before.shape === after.shape &&
    reading.behind >= limits.behind &&
    reading.off <= limits.off;
  return reading;
}

/** Colour and shape of the hero in these frames. One so small is mostly rim: its colour is taken from within, its shape from a finer picture. */
function looksOf(
  clip: Clip,
  about: { still: Float64Array; hero: readonly Seen[]; frames: readonly number[]; know: Knowledge },
): Hero {
  const { still, hero, frames, know } = about;
  const pictures = framesOf(clip);
  const inner = frames.flatMap((f) => paintsAt(pictures[f]!, within(hero[f]!)));
  const colours = inner.length ? inner : frames.flatMap((f) => paintsAt(pictures[f]!, hero[f]!.pixels));
  const [width, height] = [clip.width * 2, clip.height * 2];
  const ground = finer(still, clip);
  const shapes = frames.map((f) => {
    const mask = foreground(finer(pictures[f]!, clip), ground);
    return { pixels: largestPart(mask, width), width, height };
  });
  return {
    colour: know.names.colour[findColour(colours, know.paints)]!,
    shape: know.names.shape[findShape(shapes, know.outlines)]!,
  };
}

/** Pixels all of whose neighbours are the hero's too. */
function within({ pixels, width, height }: Seen): number[] {
  const own = new Set(pixels);
  return pixels.filter((pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) return false;
    return [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1].every((step) => own.has(pixel + step));
  });
}

/** Least-squares line through points. */
function lineThrough(xs: readonly number[], ys: readonly number[]): { slope: number; start: number } {
  const [x, y] = [mean(xs), mean(ys)];
  const square = xs.reduce((total, at) => total + (at - x) ** 2, 0);
  const slope = xs.reduce((total, at, i) => total + (at - x) * (ys[i]! - y), 0) / Math.max(square, 1e-9);
  return { slope, start: y - slope * x };
}

/** Share of a disc's pixels that show things; `things` has three values a pixel, one is enough. */
function covered(
  disc: { x: number; y: number; radius: number },
  { things, width, height }: { things: Uint8Array; width: number; height: number },
): number {
  let [all, full] = [0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (Math.hypot(x - disc.x, y - disc.y) >= disc.radius) continue;
      const at = (y * width + x) * 3;
      all++;
      if (things[at] || things[at + 1] || things[at + 2]) full++;
    }
  return all ? full / all : 0;
}

import type { CheckpointSpacing, LatentValue, ModelCard } from '../values';
import { evenly, shifted } from './flow';
import { flowing } from './process';
import type { Sigmas } from './sampling';
import { finished } from './spacing';

/**
 * The shift a checkpoint takes for a clip of this shape: its fixed one, or e^μ, μ on the line through two sizes. (With
 * k = e^μ the usual `k s / (1 + (k - 1) s)` is diffusers' dynamic shift.)
 */
export function shiftFor(card: ModelCard, shape: LatentValue['shape']): number {
  const bySize = card.spacing?.shiftBySize;
  if (!bySize) return card.defaults.shift;
  const [, frames, height, width] = shape;
  return shiftBySize(bySize, frames * height * width);
}

/** e^μ for so many latent pixels. */
export function shiftBySize(
  { pixels, logShift }: NonNullable<CheckpointSpacing['shiftBySize']>,
  count: number,
): number {
  const [[x0, x1], [y0, y1]] = [pixels, logShift];
  return Math.exp(y0 + ((y1 - y0) / (x1 - x0)) * (count - x0));
}

/** Sigmas as the checkpoint's own pipeline makes them, rounded to fp32 where it does. */
export function ownSigmas(own: CheckpointSpacing, { steps, shift }: { steps: number; shift: number }): Sigmas {
  if (own.taught && steps <= own.taught.length)
    return finished(
      own.taught.slice(0, steps).map((sigma) => Math.fround(sigma)),
      flowing(shift),
    );
  const curve = own.curve === 'even' ? evenly(1, 1 / steps, steps) : linearQuadratic(steps);
  const moved = curve.map((sigma) => Math.fround(shifted(Math.fround(sigma), shift)));
  return finished(own.terminal === undefined ? moved : stretched(moved, own.terminal), flowing(shift));
}

/** The first half of the steps goes evenly from 1 to 0.975, the rest along a parabola to 0 (Movie Gen, 2410.13720). */
export function linearQuadratic(steps: number): number[] {
  if (steps < 2) return [1];
  const threshold = 0.025;
  const even = Math.floor(steps / 2);
  const curved = steps - even;
  const left = even - threshold * steps;
  const square = left / (even * curved ** 2);
  const slope = threshold / even - (2 * left) / curved ** 2;
  return Array.from(
    { length: steps },
    (_, i) => 1 - (i < even ? (i * threshold) / even : square * i ** 2 + slope * i + square * even ** 2),
  );
}

/** Stretched away from 1 so that the last is `terminal`. */
function stretched(sigmas: readonly number[], terminal: number): number[] {
  const factor = (1 - sigmas.at(-1)!) / (1 - terminal);
  // One step has nothing to stretch: it stays at pure noise.
  return factor === 0 ? [...sigmas] : sigmas.map((sigma) => 1 - (1 - sigma) / factor);
}

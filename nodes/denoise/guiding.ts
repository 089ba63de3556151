import type { ConditioningValue, LatentValue } from '../values';
import { combine } from './combine';
import type { Process } from './process';
import type { Stepping } from './sampling';

/** Texts a guidance weighs against each other, by what the network said under them: velocities, all of one length. */
export interface Said {
  wanted: Float32Array;
  unwanted?: Float32Array | undefined;
  other?: Float32Array | undefined;
}

/** What a guidance may know of the moment. */
export interface Moment {
  said: Said;
  x: Float32Array;
  sigma: number;
  index: number;
  shape: LatentValue['shape'];
  process: Process;
  strengths: Strengths;
  /** What guidance remembers between steps; under names of its own. Checkpointed with the sampler's. */
  state: Stepping['state'];
}

/** Numbers of the methods, by name. Each method reads its own. */
export interface Strengths {
  /** CFG-Zero*: steps at the start that do not move. */
  zeroSteps: number;
  /** APG: how much of the part along the foreseen clip stays, how much of the last direction lives on, longest direction. */
  along: number;
  momentum: number;
  longest: number;
  /** Perp-neg: weight of what is unwanted. Dual: guidance of the other text against the unwanted one. */
  second: number;
  /** Rescale: share of the contrast that is taken back. */
  rescale: number;
}

/** A guidance leads from one velocity through another, and beyond it by the scale: `from + scale * (to - from)`. */
export interface Lead {
  from: Float32Array;
  to: Float32Array;
}

export interface Guidance {
  name: string;
  title: string;
  says: string;
  /** Texts it asks for beside the wanted one. */
  asks: readonly ('unwanted' | 'other')[];
  /** At scale 1 it is the wanted side alone, and asks for nothing else. */
  restsAtOne?: true;
  /** Which of `Strengths` it reads. */
  reads: readonly (keyof Strengths)[];
  /** Where the text leads; a guidance without it changes what others made. */
  lead?(at: Moment): Lead;
  /** Changes what the guidance before it came to. A new array, or the same one. */
  after?(guided: Float32Array, at: Moment): Float32Array;
}

/** One link of a chain of guidances, as it travels on a wire. */
export interface GuidanceLink {
  method: string;
  scale: number;
  /** The scale at the last frame; between the first and it the scale goes in a straight line. */
  lastScale: number | null;
  /** Part of the steps it is at work in. */
  start: number;
  end: number;
  strengths: Strengths;
  /** The further text of Perp-neg and Dual. */
  other?: ConditioningValue | undefined;
}

/** `from + scale * (to - from)`, with a scale that may run along the clip's `frames`: all, or the first so many. A new array. */
export function led(
  { from, to }: Lead,
  about: { scale: number; lastScale: number | null; shape: LatentValue['shape']; frames?: number },
): Float32Array {
  const { scale, lastScale, shape } = about;
  const guided = new Float32Array(from.length);
  if (lastScale === null || lastScale === scale) {
    for (let i = 0; i < guided.length; i++) guided[i] = from[i]! + scale * (to[i]! - from[i]!);
    return guided;
  }
  const [channels, frames, height, width] = shape;
  const last = Math.max(1, (about.frames ?? frames) - 1);
  const plane = height * width;
  for (let channel = 0; channel < channels; channel++)
    for (let frame = 0; frame < frames; frame++) {
      const here = scale + (lastScale - scale) * Math.min(1, frame / last);
      const start = (channel * frames + frame) * plane;
      for (let i = start; i < start + plane; i++) guided[i] = from[i]! + here * (to[i]! - from[i]!);
    }
  return guided;
}

/** Sum of products, in double. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The difference of two arrays. */
export const less = (a: Float32Array, b: Float32Array): Float32Array =>
  combine([
    [1, a],
    [-1, b],
  ]);

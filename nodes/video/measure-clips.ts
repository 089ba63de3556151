import type { FramesValue } from '../values';
import { blockMotion } from './block-motion';
import { decibels, luma, meanAbsolute, meanSquare, sharpness } from './frame-measures';
import { ssim } from './ssim';

/** Goes up when a figure changes its meaning: figures that were kept are then measured anew. */
export const measuresVersion = 1;

/** Of one clip, frame by frame. */
export interface ClipMeasures {
  /** Mean absolute difference to the frame before, 0..1; 0 for the first. */
  change: number[];
  /** How far the picture has moved since the frame before, in pixels; 0 for the first. */
  motion: number[];
  /** Variance of the Laplacian. */
  sharpness: number[];
}

/** Of two clips, frame by frame. */
export interface PairMeasures {
  /** Mean square difference of values in 0..1: what PSNR is made of. */
  square: number[];
  ssim: number[];
}

export interface Measures {
  a: ClipMeasures;
  b?: ClipMeasures;
  pair?: PairMeasures;
}

/**
 * Measures one clip, or two of one size and length against each other, as streams: of each the frame before is held and no
 * more. `tell` hears after every frame how many are done, and may throw to stop.
 */
export async function measureClips(
  a: FramesValue,
  b: FramesValue | undefined,
  tell: (done: number, of: number) => Promise<void>,
): Promise<Measures> {
  if (b && (a.width !== b.width || a.height !== b.height || a.count !== b.count))
    throw new Error(
      'Only clips of one size and length can be measured against each other. Bring both to their common part.',
    );
  const [ofA, ofB] = [reader(a), reader(b ?? a)];
  const pair: PairMeasures = { square: [], ssim: [] };
  const others = b?.read()[Symbol.asyncIterator]();
  let done = 0;
  try {
    for await (const frame of a.read()) {
      const grey = ofA.take(frame);
      if (others) {
        const next = await others.next();
        if (next.done) throw new Error(`The second clip promised ${a.count} frames and gave ${done}.`);
        const other = ofB.take(next.value);
        pair.square.push(meanSquare(frame, next.value));
        pair.ssim.push(ssim(grey, other, a));
      }
      done += 1;
      await tell(done, a.count);
    }
  } finally {
    await others?.return?.();
  }
  return { a: ofA.measures, ...(b ? { b: ofB.measures, pair } : {}) };
}

/** Measures a clip as its frames come. */
function reader(size: { width: number; height: number }) {
  const measures: ClipMeasures = { change: [], motion: [], sharpness: [] };
  let before: { frame: Uint8Array; grey: Uint8Array } | undefined;
  return {
    measures,
    /** Returns the luma, which others need too. */
    take(frame: Uint8Array): Uint8Array {
      // A still is the same memory over and over.
      const isSame = before?.frame === frame;
      const grey = before && isSame ? before.grey : luma(frame);
      measures.change.push(before && !isSame ? meanAbsolute(before.frame, frame) : 0);
      measures.motion.push(before && !isSame ? blockMotion(before.grey, grey, size) : 0);
      measures.sharpness.push(isSame ? measures.sharpness.at(-1)! : sharpness(grey, size));
      before = { frame, grey };
      return grey;
    },
  };
}

/** What the clip is as a whole. `flicker` is VBench's: 1 minus the mean change between neighbours; higher is stiller. */
export interface ClipFigures {
  flicker: number;
  motion: number;
  sharpness: number;
}

/**
 * VBench (https://arxiv.org/abs/2311.17982) has temporal flickering as (255 - MAE) / 255 over neighbouring frames. It is
 * 1 for a frozen picture and lower for anything that moves: read it beside `motion`.
 */
export const clipFigures = ({ change, motion, sharpness }: ClipMeasures): ClipFigures => ({
  flicker: 1 - mean(change.slice(1)),
  motion: mean(motion.slice(1)),
  sharpness: mean(sharpness),
});

/** PSNR of the mean square difference over all frames (as ffmpeg's `average`), in dB; the mean of SSIM. */
export const pairFigures = ({ square, ssim }: PairMeasures): { psnr: number; ssim: number } => ({
  psnr: decibels(mean(square)),
  ssim: mean(ssim),
});

const mean = (values: readonly number[]): number =>
  values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;

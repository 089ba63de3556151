import type { ModelPart } from '../../../nodes/values';
import type { Where } from './family';

/*
 * What `skein models check` runs: one forward of each part, with inputs by formula, whose figures anybody can compare with
 * another program's. A family's third file, `forwards.ts`, exports a `Forwards` by default.
 */

export interface ForwardSize {
  latent: { frames: number; height: number; width: number };
  /** Of text: ids for the encoder, rows for the denoiser. */
  tokens: number;
}

/** What there is to compare: sums over everything, and the ends as they lie in memory, row-major. */
export interface ForwardFigures {
  shape: number[];
  /** Σ|x|. */
  sumOfSizes: number;
  sum: number;
  first: number[];
  last: number[];
}

export interface Forward {
  part: ModelPart;
  /** Its folder in the diffusers layout. */
  name: string;
  /** What goes in, in words. */
  input: string;
  /** Opens its sessions. Those of VAEs live as long as a run. */
  open(): Promise<{ run(): Promise<ForwardFigures>; release(): Promise<void> }>;
}

/** In the order in which a prompt goes through the parts. */
export type Forwards = (where: Where, size: ForwardSize) => Forward[];

import type { CheckpointSpacing } from '../values';

/**
 * What samplers, schedules and guidances are: pure mathematics over arrays, one file each, gathered by the generated
 * registries beside them.
 */

/** How far a latent is from data: sigma list and the times the network is told. */
export interface Sigmas {
  /** steps + 1 values, falling, fp32-rounded; the last is 0 when the clip is to be finished. */
  sigmas: Float32Array;
  /** One per step, on the 0..1000 scale, as the network is to be told. */
  timesteps: Float32Array;
}

/**
 * The way a sampler's home library spaces its steps; only the schedule `flow` (the checkpoint's own spacing) asks for
 * it, because diffusers' schedulers differ there (shift twice, truncate timesteps, first sigma).
 */
export type FlowSpacing = 'match-euler' | 'unipc' | 'dpm';

export interface Schedule {
  name: string;
  title: string;
  /** One sentence, for the control's tooltip and the docs. */
  says: string;
  /** `own` is how the checkpoint's pipeline does it, where it does not leave that to the sampler; for `flow`, too. */
  make(about: { steps: number; shift: number; spacing: FlowSpacing; own?: CheckpointSpacing | undefined }): Sigmas;
}

/** What a step may ask for. All arrays have the latent's length; none is changed by the callee. */
export interface Stepping {
  /** Index of this step, 0-based, and the whole list. */
  index: number;
  sigmas: Float32Array;
  timesteps: Float32Array;
  /** The velocity (noise minus data) at this latent and sigma; `timestep` defaults to 1000 * sigma. */
  velocity(x: Float32Array, sigma: number, timestep?: number): Promise<Float32Array>;
  /** Fresh N(0, 1) noise that depends only on the seed and the step's index, so that a resumed run equals an unbroken one. */
  noise(index: number): Float32Array;
  /** What the sampler remembers between steps. Read and written freely; checkpointed as it is. */
  state: { arrays: Record<string, Float32Array>; numbers: Record<string, number> };
}

export interface Sampler {
  name: string;
  title: string;
  says: string;
  /** Names other programs use for it (ComfyUI, A1111, diffusers). */
  aliases?: readonly string[];
  spacing: FlowSpacing;
  /** Calls of the network for so many steps. */
  calls(steps: number): number;
  /** One step: from x at sigmas[index] to sigmas[index + 1]. Also returns the clip as now foreseen (x0), for the preview. */
  step(x: Float32Array, at: Stepping): Promise<{ x: Float32Array; foreseen: Float32Array }>;
}

export interface Guidance {
  name: string;
  title: string;
  says: string;
  /** Mixes the velocities of the wanted and the unwanted text. */
  mix(about: {
    wanted: Float32Array;
    unwanted: Float32Array;
    scale: number;
    sigma: number;
    index: number;
  }): Float32Array;
}

import type { CheckpointSpacing } from '../values';
import type { Process } from './process';

/**
 * What samplers and schedules are: pure mathematics over arrays, one file each, gathered by the generated registries
 * beside them.
 */

/** How far a latent is from data: sigma list and the times the network is told. */
export interface Sigmas {
  /** steps + 1 values, falling, fp32-rounded; the last is 0 when the clip is to be finished. */
  sigmas: Float32Array;
  /** One per step, on the scale of the training times (0..1000), as the network is to be told. */
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
  /** Names other programs use for it (ComfyUI, A1111, diffusers). */
  aliases?: readonly string[];
  /** `own` is how the checkpoint's pipeline does it, where it does not leave that to the sampler; for `flow`, too. */
  make(about: { steps: number; process: Process; spacing: FlowSpacing; own?: CheckpointSpacing | undefined }): Sigmas;
}

/** What a sampler sees from one place: dx/dsigma with guidance, and without (the same where there is none). */
export interface View {
  velocity: Float32Array;
  unguided: Float32Array;
}

/** What a step may ask for. All arrays have the latent's length; none is changed by the callee. */
export interface Stepping {
  /** Index of this step, 0-based, and the whole list. */
  index: number;
  sigmas: Float32Array;
  timesteps: Float32Array;
  process: Process;
  /** Steps that were asked for: a sampler that makes a list of its own has fewer. */
  asked: number;
  /** How much of the noise is renewed on the way, 0..1, for samplers that renew it. */
  eta: number;
  /** Step from where the text does not lead, towards where it does (CFG++, Chung et al. 2024, 2406.08070). */
  cfgpp: boolean;
  /** dx/dsigma at this latent and sigma, with guidance; `timestep` defaults to what the process says. */
  velocity(x: Float32Array, sigma: number, timestep?: number): Promise<Float32Array>;
  /** The same with the side that has no guidance. */
  view(x: Float32Array, sigma: number, timestep?: number): Promise<View>;
  /**
   * Fresh N(0, 1) noise that depends only on the seed, the step's index and which of the step's draws it is, so that a
   * resumed run equals an unbroken one. `span` is the stretch of sigmas it stands for, where that is not the whole step.
   */
  noise(index: number, draw?: number, span?: readonly [from: number, to: number]): Float32Array;
  /**
   * What the sampler remembers between steps; checkpointed as it is. Arrays are put in, replaced and taken out freely, but
   * never written into: a step before may still have to be saved.
   */
  state: { arrays: Record<string, Float32Array>; numbers: Record<string, number> };
}

/** Shelves of the sampler's list, in this order. */
export const samplerGroups = {
  usual: 'Taken most',
  steady: 'One call a step',
  thorough: 'Several calls a step',
  noisy: 'With fresh noise',
} as const;

export interface Sampler {
  name: string;
  title: string;
  says: string;
  group: keyof typeof samplerGroups;
  /** Its place on the shelf; those without one stand after, by name. */
  place?: number;
  /** Names other programs use for it (ComfyUI, A1111, diffusers). */
  aliases?: readonly string[];
  spacing: FlowSpacing;
  /** Calls of the network for so many steps to a finished clip; null when only the work itself shows it. */
  calls(steps: number): number | null;
  /** It can step the CFG++ way. */
  cfgpp?: true;
  /** It draws noise on the way, and `eta` says how much. */
  renews?: true;
  /** It also follows a rising list, from a clip to the noise it could have come from. */
  reverses?: true;
  /** Its mathematics needs some data from the start: a list beginning in pure noise begins a ten-thousandth below. */
  startsBelow?: true;
  /** ComfyUI asks for one more step and leaves out the last but one sigma; all schedules but `flow` do so for it. */
  skipsOne?: true;
  /** Makes another list of its own between the ends of this one. */
  respace?(sigmas: Float32Array): Float32Array;
  /** One step: from x at sigmas[index] to sigmas[index + 1]. Also returns the clip as now foreseen (x0), for the preview. */
  step(x: Float32Array, at: Stepping): Promise<{ x: Float32Array; foreseen: Float32Array }>;
}

import type { GuidanceLink } from './denoise/guiding';
import type { ModelPart } from './model-card';

export * from './model-card';

/**
 * What travels on wires: plain data with a kind and facts.
 *
 * A *kind* decides which sockets may meet. *Facts* are what is known about a value before anything runs
 * (its size, its latent space); an absent fact is unknown and fits everything.
 */

export const kinds = [
  'text',
  'conditioning',
  'latent',
  'pins',
  'frames',
  'file',
  'model',
  'sigmas',
  'guidance',
  'measures',
] as const;
export type Kind = (typeof kinds)[number];

export type Fact = string | number | boolean;
export type Facts = Readonly<Record<string, Fact | undefined>>;

/** The static type of a value on a wire. */
export interface WireType {
  kind: Kind;
  facts: Facts;
}

/** A prompt or any other words. */
export interface TextValue {
  kind: 'text';
  text: string;
}

/**
 * Encoded text. `states` is row-major [tokens, width] fp32: the rows a text encoder made for real tokens.
 * `length` is the padded length the denoiser was asked to see; rows beyond `tokens` are zero and are attended.
 */
export interface ConditioningValue {
  kind: 'conditioning';
  family: string;
  states: Float32Array;
  tokens: number;
  width: number;
  length: number;
}

/** A clip in latent space: fp32 [channels, frames, height, width], row-major, normalised (unit variance). */
export interface LatentValue {
  kind: 'latent';
  /** Names the VAE's space, e.g. `wan-16x4x8`: latents of different spaces never meet. */
  space: string;
  data: Float32Array;
  shape: readonly [channels: number, frames: number, height: number, width: number];
  /** Frames per second the clip was meant for, when known. */
  fps?: number;
  /** Of a clip that a denoiser has paused: how it came here, for another to go on. */
  paused?: Paused;
}

/** The way a paused clip has gone, and what its sampler remembers of it. `sigmas` has one number more than `timesteps`. */
export interface Paused {
  sampler: string;
  sigmas: Float32Array;
  timesteps: Float32Array;
  /** `x` is among the arrays where it differs from the clip's own numbers (known frames are laid over those). */
  state: { arrays: Record<string, Float32Array>; numbers: Record<string, number> };
}

/**
 * Latent frames that are already known: a clip-shaped latent and, per latent frame, whether it is known.
 * `noise[t]` is the time (0..1) a known frame claims to be at; 0 is perfectly clean.
 */
export interface PinsValue {
  kind: 'pins';
  space: string;
  data: Float32Array;
  shape: readonly [channels: number, frames: number, height: number, width: number];
  known: readonly boolean[];
  noise: readonly number[];
  /** Latent frames that are shown to the network beside the clip and are no part of it; see `ModelCard.keyframes`. */
  beside?: readonly Keyframe[];
}

/** A latent frame, [channels, height, width], at a picture of the film (0 is the first), and the time it claims to be at. */
export interface Keyframe {
  data: Float32Array;
  picture: number;
  noise: number;
}

/** How noisy a clip is at every step and at the end: steps + 1 fp32 numbers, falling, or rising where a clip is led to noise. */
export interface SigmasValue {
  kind: 'sigmas';
  sigmas: Float32Array;
}

/** A chain of guidances, in order. */
export interface GuidanceValue {
  kind: 'guidance';
  links: readonly GuidanceLink[];
}

/** What was measured of one clip, or of two: numbers by name, as `nodes/video/measure-clips.ts` defines them. */
export interface MeasuresValue {
  kind: 'measures';
  figures: Readonly<Record<string, number>>;
}

/** Pictures in order: RGB, 8 bits, `width * height * 3` bytes each. A still has a count of 1. Read as a stream, never held whole. */
export interface FramesValue {
  kind: 'frames';
  width: number;
  height: number;
  count: number;
  fps: number;
  /**
   * A fresh stream from the first frame. A consumer that stops early must call `return()` (a `break` does). Each frame is
   * memory of its own: the source never writes into it again.
   */
  read(): AsyncIterable<Uint8Array>;
}

/** A finished file in the blob store. */
export interface FileValue {
  kind: 'file';
  sha256: string;
  bytes: number;
  mime: string;
  name: string;
  width?: number;
  height?: number;
  frames?: number;
  seconds?: number;
}

/** A reference to a part of a model on disk. Travels by digest, is never cached. */
export interface ModelValue {
  kind: 'model';
  model: string;
  part: ModelPart;
  digest: string;
  /** Where it is to compute; the machine's own choice when absent. */
  device?: DeviceName;
  /** How exactly; as the files have it when absent. */
  precision?: Precision;
  /** Digest of the tiny decoder that is to decode in place of the VAE. */
  tiny?: string;
  /** What changes it, in order. */
  loras?: readonly LoraUse[];
}

export const deviceNames = ['cpu', 'cuda', 'webgpu', 'coreml', 'dml'] as const;
export type DeviceName = (typeof deviceNames)[number];

/** The large matrices of a part: `fast` in eight bits, on a CPU; `half` in fp16, on a graphics card. */
export const precisions = ['fast', 'half'] as const;
export type Precision = (typeof precisions)[number];

/** A LoRA at work in a denoiser. */
export interface LoraUse {
  /** Its id in the library. */
  lora: string;
  digest: string;
  strength: number;
  /** Go on with what fits when some of it fits nothing. */
  partial: boolean;
  /** Which network it changes where two take turns. */
  network: LoraNetwork;
}
export const loraNetworks = ['all', 'first', 'second'] as const;
export type LoraNetwork = (typeof loraNetworks)[number];

export interface Values {
  text: TextValue;
  conditioning: ConditioningValue;
  latent: LatentValue;
  pins: PinsValue;
  frames: FramesValue;
  file: FileValue;
  model: ModelValue;
  sigmas: SigmasValue;
  guidance: GuidanceValue;
  measures: MeasuresValue;
}
export type Value = Values[Kind];

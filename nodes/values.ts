import type { GuidanceLink } from './denoise/guiding';
import type { Prediction } from './denoise/prediction';
import type { Betas } from './denoise/process';

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

/** The large matrices of a denoiser: `fast` in eight bits, on a CPU; `half` in fp16, on a graphics card. */
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

export const modelParts = ['denoiser', 'text-encoder', 'vae'] as const;
export type ModelPart = (typeof modelParts)[number];

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

/** Sigmas as a checkpoint's own pipeline makes them: a curve, then a shift, then a stretch. */
export interface CheckpointSpacing {
  /** `even`: from 1 to 1/steps. `linear-quadratic`: the first half of the steps in the noisiest fortieth. */
  curve: 'even' | 'linear-quadratic';
  /** The shift grows with the clip: its logarithm lies on the line through these two numbers of latent pixels. */
  shiftBySize?: { pixels: readonly [number, number]; logShift: readonly [number, number] };
  /** All are stretched so that the last before 0 is this. */
  terminal?: number;
  /** The sigmas it was distilled to, falling; fewer steps take the first of them, more go by the curve. */
  taught?: readonly number[];
}

/** Where a model can be had from: a repository of the hub, `owner/name`, and which commit of it. */
export interface ModelSource {
  hub: string;
  revision: string;
}

/** What the checker may know about a model without opening it. Facts only; made by `server/inference`, read everywhere. */
export interface ModelCard {
  /** Stable short name, e.g. `gosling`; what a graph stores. */
  id: string;
  title: string;
  family: string;
  /** SHA-256 over the digests of all parts. */
  digest: string;
  /** What is wrong with it, as a sentence with a remedy, when it cannot be used. */
  broken?: string;
  /** Nothing is wrong but that its files are still being read for the first time; `broken` says so. */
  isUnread?: boolean;
  /** The repository and commit it was downloaded from. */
  source?: ModelSource;
  parts: Partial<Record<ModelPart, { digest: string; bytes: number; dtype: string }>>;
  /** It is no model but a LoRA: what it changes, and which of its tensors have names no model knows. */
  lora?: {
    modules: number;
    rank: number;
    bytes: number;
    unknown: number;
    unknownNames: readonly string[];
    /** Of the networks it was made for, where its attention tells. */
    width?: number;
  };
  /** Width of the denoiser: tokens are so many numbers, and LoRAs are made for one width. */
  width?: number;
  /** Latent geometry: a clip of F frames, H x W becomes [channels, (F-1)/time+1, H/space, W/space]. */
  latent: { space: string; channels: number; time: number; scale: number; multiple: number };
  /** Width of the text states the denoiser takes, and the padded length it is used to. */
  text: { width: number; length: number };
  defaults: {
    width: number;
    height: number;
    frames: number;
    fps: number;
    steps: number;
    guidance: number;
    /** Of the second network, where there are two. */
    guidanceLow?: number;
    shift: number;
    sampler: string;
    schedule: string;
    prompt?: string;
    negative?: string;
  };
  /** What it was trained on, where its folder says so, and what is to be expected of other sizes and lengths. */
  trained?: { sizes: [width: number, height: number][]; frames: number[]; otherSizes: string; otherFrames: string };
  /** Models of epsilon and v prediction: how they were taught. A flow when absent. */
  process?: { prediction: Exclude<Prediction, 'flow'>; betas: Betas };
  /** How the checkpoint's own pipeline spaces its steps, where it does not leave that to the sampler. */
  spacing?: CheckpointSpacing;
  /** Which frames may be pinned: what the model was trained for. */
  pins: 'none' | 'first' | 'first-last' | 'any';
  /**
   * `beside`: known frames that do not begin the clip are shown to the network as further latent frames, each at the picture
   * it stands for; only what follows the first two of a piece lies in the clip itself.
   */
  keyframes?: 'beside';
  /** How it is told of pinned frames: by times of their own (when absent), or by further channels beside the latent. */
  pinsBy?: 'channels';
  /** Pinned frames it cannot do without. */
  mustHold?: 'first' | 'first-last';
  /** The tiny decoder for its latents: what its file is called, and, where it is there, what it is. */
  tiny?: { name: string; digest?: string; bytes?: number };
  /** Its denoiser bears fp16: its numbers stay within what that can hold. */
  half?: boolean;
  /** What was measured of the denoiser in eight bits, once it was used so: its error relative to exact arithmetic, its size. */
  fast?: { error: number; bytes: number };
  /** Bytes the denoiser works with, beside weights that stay in their file: at least, and for every patch of the clip. */
  memory?: {
    fixed: number;
    perToken: number;
    /** More of them in the fast mode. */
    fast?: number;
  };
  /** Two networks take turns: the first down to this share of the noise schedule's times, the second from there on. */
  experts?: { boundary: number };
  /** A [3][channels] linear map and a bias that turn a latent pixel into RGB in [-1, 1], for previews. */
  preview?: { weights: number[][]; bias: number[] };
  /** Words the model knows, grouped; absent for models that know the language. */
  vocabulary?: Record<string, string[]>;
}
export type Models = Readonly<Record<string, ModelCard>>;

import type { Prediction } from './denoise/prediction';
import type { Betas } from './denoise/process';

export const modelParts = ['denoiser', 'text-encoder', 'vae'] as const;
export type ModelPart = (typeof modelParts)[number];

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

/** A part of a model: what it is, how large, and in which numbers most of it is stored. */
export interface PartOfModel {
  digest: string;
  bytes: number;
  dtype: string;
  /** Which of its folder's weights were taken, where that is not the plain one: `fp16`. */
  variant?: string;
}

/** A part of a model that lies elsewhere than its denoiser: in which file, or in which model's folder, and what else would fit. */
export interface Mate {
  part: ModelPart | 'image-encoder' | 'tokenizer';
  from: string;
  others: readonly string[];
}

/** Parts as people call them. */
export const partTitles: Record<ModelPart | Mate['part'], string> = {
  denoiser: 'Denoiser',
  'text-encoder': 'Text encoder',
  vae: 'VAE',
  'image-encoder': 'Image encoder',
  tokenizer: 'Tokenizer',
};

/** A part within a sentence: `text encoder`, `VAE`. */
export const partWord = (part: keyof typeof partTitles): string =>
  part === 'vae' ? partTitles.vae : partTitles[part].toLowerCase();
/** The same with its article. */
export const aPart = (part: keyof typeof partTitles): string =>
  `${part === 'image-encoder' ? 'an' : 'a'} ${partWord(part)}`;

/** What a model's or a LoRA's name says of how it wants to be stepped, where its files say nothing. */
export interface NameHint {
  /** What in the name says so, as its makers write it: `Lightning`. */
  word: string;
  /** The name that says so: of the file, its repository or its folder. */
  name: string;
  settings: Partial<Pick<ModelCard['defaults'], 'steps' | 'guidance' | 'sampler' | 'schedule' | 'shift'>>;
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
  parts: Partial<Record<ModelPart, PartOfModel>>;
  /** Of a model in single files: what was put to its denoiser. */
  mates?: readonly Mate[];
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
  text: {
    width: number;
    length: number;
    /** Bytes its encoder's weights take on a graphics card, which holds them in fp32 or, where they are `half`, in fp16. */
    onCard?: { exact: number; half: number };
  };
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
  /** Of models for few steps whose files do not say that they are: offered where the model is used, never taken unasked. */
  byName?: NameHint;
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
   * it stands for; only what follows the first two of a piece lies in the clip itself. What is held less firmly is stepped
   * with the rest as soon as that is no noisier.
   */
  keyframes?: 'beside';
  /** How it is told of pinned frames: by times of their own (when absent), or by further channels beside the latent. */
  pinsBy?: 'channels';
  /** Pinned frames it cannot do without. */
  mustHold?: 'first' | 'first-last';
  /** The tiny decoder for its latents: what its file is called, and, where it is there, what it is. */
  tiny?: { name: string; digest?: string; bytes?: number };
  /** What was measured of parts in eight bits, once they were used so: the error relative to exact arithmetic, the size. */
  fast?: Partial<Record<ModelPart, { error: number; bytes: number }>>;
  /** Bytes the denoiser works with, beside weights that stay in their file: at least, and for every patch of the clip. */
  memory?: {
    fixed: number;
    perToken: number;
    /** More of them in the fast mode. */
    fast?: number;
    /** In place of `fixed` on a graphics card, which holds weights in fp32 or, where they are `half`, in fp16. */
    onCard?: { exact: number; half: number };
  };
  /** Two networks take turns: the first down to this share of the noise schedule's times, the second from there on. */
  experts?: { boundary: number };
  /** A [3][channels] linear map and a bias that turn a latent pixel into RGB in [-1, 1], for previews. */
  preview?: { weights: number[][]; bias: number[] };
  /** Words the model knows, grouped; absent for models that know the language. */
  vocabulary?: Record<string, string[]>;
}
export type Models = Readonly<Record<string, ModelCard>>;

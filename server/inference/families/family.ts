import type { Denoiser, TextEncoder, Vae } from '../../../nodes/machine';
import type { LoraNetwork, ModelCard, ModelPart } from '../../../nodes/values';
import type { Checkpoint } from '../checkpoint';
import type { FastHome } from '../fast-weights';
import type { Spelling } from '../lora';
import type { Device } from '../session';
import type { SingleLayout } from './single-layout';

/*
 * What a family of models is to the rest of Skein: two objects in a folder of its own. `family.ts` exports the first by
 * default, `parts.ts` the second; `npm run registry` finds them. docs/09-adding-a-family.md is the checklist.
 */

/** `model_index.json`: which pipeline a folder is for, and everything else it says. */
export interface PipelineIndex {
  _class_name: string;
  [key: string]: unknown;
}

/** A folder in the diffusers layout that is about to be read. */
export interface ModelFolder {
  /** Its real path. */
  path: string;
  index: PipelineIndex;
}

/** The files one part's results depend on. */
export interface PartFiles {
  /** Its folder's name, whose `config.json` counts as well. */
  name: string;
  checkpoint: Checkpoint;
  /** Further files of the model that matter for it. */
  more?: readonly string[];
}

/** What can be said of a folder without computing: the card but for names, digests and what `skein.json` adds. */
export interface FolderFacts
  extends Pick<
    ModelCard,
    | 'latent'
    | 'text'
    | 'pins'
    | 'pinsBy'
    | 'keyframes'
    | 'mustHold'
    | 'experts'
    | 'memory'
    | 'spacing'
    | 'tiny'
    | 'preview'
    | 'width'
  > {
  parts: Partial<Record<ModelPart, PartFiles>>;
  defaults: ModelCard['defaults'];
}

/** Recognises and reads folders. Must not reach onnxruntime: the web process reads cards too. */
export interface Family {
  name: string;
  /** What of it runs, for the sentence that refuses other folders. */
  runs: string;
  recognises(index: PipelineIndex): boolean;
  /** Reads configs and headers and checks every tensor. Throws a sentence with a remedy when the folder cannot be used. */
  read(folder: ModelFolder): Promise<FolderFacts>;
  /** Where people also have its models as single files. */
  singleFiles?: SingleLayout;
  /** What LoRA files call the modules of its denoiser; without it there are no LoRAs for this family. */
  loraSpelling?: Spelling;
}

/** A part of a model that is open. After `release` it opens again by itself if it is still used. */
export interface OpenPart<T> {
  part: T;
  release(): Promise<void>;
}

export interface Where {
  /** The folder with `model_index.json`. */
  folder: string;
  card: ModelCard;
  device: Device;
  /** A denoiser or text encoder is to compute in eight bits, with weights that are kept there. */
  fast?: FastHome;
  /** The large matrices of a denoiser or a text encoder are to be multiplied by in fp16. */
  isHalf?: boolean;
  /** What changes a denoiser, in the order of the strengths its calls give. */
  loras?: readonly LoraOfPart[];
}

export interface LoraOfPart {
  path: string;
  partial: boolean;
  network: LoraNetwork;
}

/** Opens the parts that compute. */
export interface FamilyParts {
  openTextEncoder(where: Where): Promise<OpenPart<TextEncoder>>;
  openDenoiser(where: Where): Promise<OpenPart<Denoiser>>;
  openVae(where: Where): Promise<OpenPart<Vae>>;
}

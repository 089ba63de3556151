import type {
  ConditioningValue,
  FileValue,
  FramesValue,
  LatentValue,
  ModelCard,
  ModelPart,
  ModelValue,
  PinsValue,
  Value,
} from './values';

/**
 * What a node may ask of the machine. Nodes never import the machine; it is handed to them as `ctx`.
 * The executor hands in the real one (`server/worker`), tests may hand in another.
 */
export interface Machine {
  /** Aborted when the run is cancelled. Long work checks it between pieces; `step` and `progress` do so by themselves. */
  signal: AbortSignal;

  /** Says how far the node is, in its own units. Cheap: throttled behind this line. Throws when cancelled. */
  progress(done: number, of: number): Promise<void>;

  /**
   * One finished denoising step: progress, preview, checkpoint, cancel, in one place. `state` must hold all that is
   * needed to go on from here: arrays and numbers by name. It is handed over: it may be saved at any later moment, so that
   * from now on it is not written into, nor are its arrays. `preview` is the clip as now foreseen (x0), `sigma` how noisy the
   * latent still is. `keep` is what the node would hand on if it paused here, where that is to be kept; `isSpare`:
   * only when a picture of this step is made anyway.
   */
  step(at: {
    index: number;
    of: number;
    state: StepState;
    preview?: LatentValue;
    model?: ModelCard;
    sigma?: number;
    keep?: Record<string, Value>;
    isSpare?: boolean;
  }): Promise<void>;

  /** The last `state` a killed run of the very same node left behind, with the index of the step it finished. */
  resume(): Promise<{ index: number; state: StepState } | null>;

  /** A stream of numbers equal, bit for bit, to a fresh `torch.Generator('cpu').manual_seed(seed)`. */
  noise(seed: number): NoiseSource;

  /** The SHA-256 of an array's bytes: 32 bytes. */
  sha256(array: Float32Array): Uint8Array;

  models: ModelDoor;
  media: MediaDoor;
}

export interface StepState {
  arrays: Record<string, Float32Array>;
  numbers: Record<string, number>;
}

export interface NoiseSource {
  /** `torch.randn(n)`: n fp32 values from N(0, 1). */
  normal(count: number): Float32Array;
}

/** Opens parts of models. Everything is cached behind this door; nodes just ask. Errors are sentences with a remedy. */
export interface ModelDoor {
  /** A reference to a part of a model by the model's id. Opens nothing. */
  reference(model: string, part: ModelPart): ModelValue;
  card(ref: ModelValue): ModelCard;
  /** The digest of a LoRA by its id. Opens nothing. Throws a sentence when it cannot be used. */
  lora(id: string): string;
  textEncoder(ref: ModelValue): Promise<TextEncoder>;
  denoiser(ref: ModelValue): Promise<Denoiser>;
  vae(ref: ModelValue): Promise<Vae>;
}

export interface TextEncoder {
  /** `length` is the padded length in tokens; longer prompts are cut as the checkpoint's own pipeline cuts them. */
  encode(text: string, length: number): Promise<ConditioningValue>;
}

export interface Denoiser {
  card: ModelCard;
  /**
   * One call of the network. `latent` [C,T,H,W]; `timesteps` on the 0..1000 scale: one for the clip or one per latent
   * frame; `fps` is the speed the clip is meant for, which some networks are told. Returns the velocity (noise minus
   * data), same shape. Never changes its arguments.
   */
  predict(call: {
    latent: Float32Array;
    shape: LatentValue['shape'];
    timesteps: number | readonly number[];
    /** The pictures for which the last so many latent frames stand: keyframes, shown beside the clip; `ModelCard.keyframes`. */
    keyframes?: readonly number[];
    /** Known frames, for models that take them as channels of their own. */
    frames?: PinsValue | undefined;
    fps?: number | undefined;
    text: ConditioningValue;
    /** Set by the door: one for each LoRA of the reference the denoiser was opened by. */
    loraStrengths?: readonly number[];
    /** Which of two networks is asked, where their times are not to say it. */
    network?: 'first' | 'second';
    signal?: AbortSignal;
  }): Promise<Float32Array>;
}

export interface Vae {
  card: ModelCard;
  /**
   * Streams RGB frames, latent frame by latent frame, in bounded memory. Some decoders mix noise in: it follows from the
   * latent unless `noise` is given. A picture too large to be decoded whole has no frame before all of its parts are done:
   * while they are read, `tell` hears how much of that is (0..1), and ends it by throwing.
   */
  decode(
    latent: LatentValue,
    options?: { fps?: number; noise?: NoiseSource; tell?(share: number): Promise<void> },
  ): FramesValue;
  /** Takes k · time + 1 frames whose sides are multiples of the card's `multiple`; returns the normalised mean. */
  encode(frames: FramesValue): Promise<LatentValue>;
}

/** Files and pictures. All reading and writing of media happens behind this door. */
export interface MediaDoor {
  /** A picture by the digest of its upload, as one RGB frame, turned upright. */
  image(sha256: string): Promise<FramesValue>;
  /**
   * A video by the digest of its upload; frames are decoded as they are read. `fps` resamples in time, keeping the speed;
   * `start` and `count` are frames at that rate.
   */
  video(sha256: string, options?: { fps?: number; start?: number; count?: number }): Promise<FramesValue>;
  /** Resizes frames; `cover` crops the overhang, `contain` pads with black. */
  resize(frames: FramesValue, size: { width: number; height: number; fit: 'cover' | 'contain' | 'fill' }): FramesValue;
  /** Writes a film. No half file ever has a name. */
  mux(frames: FramesValue, options: MuxOptions): Promise<FileValue>;
  /** Writes one frame as a picture. */
  still(
    frames: FramesValue,
    options: { index: number; format: 'png' | 'jpeg' | 'webp'; name: string },
  ): Promise<FileValue>;
  /** Tensors from an uploaded safetensors file, fp32. */
  tensors(sha256: string): Promise<Record<string, { data: Float32Array; shape: number[] }>>;
  /** Writes a safetensors file. */
  saveTensors(
    tensors: Record<string, { data: Float32Array; shape: readonly number[] }>,
    options: { name: string; metadata: Record<string, string> },
  ): Promise<FileValue>;
}

export interface MuxOptions {
  format: 'mp4' | 'webm' | 'gif' | 'webp';
  fps: number;
  /** Constant rate factor of the codec: lower is better and larger. Ignored for gif. */
  crf: number;
  /** How often a gif or webp is played; 0 is for ever. */
  loop: number;
  name: string;
}

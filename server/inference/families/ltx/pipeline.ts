import { join } from 'node:path';
import { z } from 'zod';
import { type Checkpoint, openCheckpoint } from '../../checkpoint';
import { modelExtras } from '../../model-extras';
import { readTensor } from '../../safetensors';
import { exists, readConfig } from '../shared/read-config';
import { openSingleFile } from '../shared/single-file';
import { mustBeWhole, type TextEncoderConfig, textEncoderConfig } from '../shared/t5-config';
import type { Tiling } from '../shared/tiles';
import { readPointer } from '../single-layout';
import { ltxFiles } from './single-file';
import { type TransformerConfig, transformerConfig, transformerShapes } from './transformer-config';
import { spaceFactor, timeFactor, type VaeConfig, vaeConfig } from './vae-config';
import { StageBuilder } from './vae-stage';
import { decoderStages, encoderStages } from './vae-stages';

/*
 * What the small files of an LTX-Video folder say, with nothing opened, and each part's config together with its checked
 * checkpoint. Free of onnxruntime, so that the catalog can be read by any process.
 */

const what = 'an LTX-Video model';
const component = z.tuple([z.string().nullable(), z.string().nullable()]);

/** `model_index.json`. */
const pipelineIndex = z.object({ _class_name: z.string(), text_encoder: component.optional() });

/** `scheduler/scheduler_config.json`; absent keys take the class defaults of FlowMatchEulerDiscreteScheduler. */
export const schedulerConfig = z.object({
  _class_name: z.string(),
  shift: z.number().positive().default(1),
  use_dynamic_shifting: z.boolean().default(false),
  base_shift: z.number().default(0.5),
  max_shift: z.number().default(1.15),
  base_image_seq_len: z.number().default(256),
  max_image_seq_len: z.number().default(4096),
  shift_terminal: z.number().min(0).max(0.99).nullish(),
  time_shift_type: z.literal('exponential').default('exponential'),
  stochastic_sampling: z.boolean().default(false),
  // No published folder sets these; one that does would be stepped otherwise than it asks.
  use_karras_sigmas: z.literal(false).nullish(),
  use_exponential_sigmas: z.literal(false).nullish(),
  use_beta_sigmas: z.literal(false).nullish(),
  invert_sigmas: z.literal(false).nullish(),
});

export interface LtxPipeline {
  /** The class of its text encoder; null where it has none. */
  text: string | null;
  scheduler: z.output<typeof schedulerConfig>;
  /**
   * 0.9.5 and later: made for any known frames, told where frames lie by the pictures they begin with, steps not shifted
   * by size. Such folders name the pipeline with conditions, or have a scheduler that does not shift dynamically.
   */
  isLater: boolean;
}

/** The facts of the pipeline as a whole. */
export async function readPipeline(folder: string): Promise<LtxPipeline> {
  const index = await readConfig(join(folder, 'model_index.json'), pipelineIndex, what);
  const scheduler = await readConfig(join(folder, 'scheduler', 'scheduler_config.json'), schedulerConfig, what);
  const isLater = index._class_name === 'LTXConditionPipeline' || !scheduler.use_dynamic_shifting;
  return { text: index.text_encoder?.[1] ?? null, scheduler, isLater };
}

/** The weights of a folder lie in it, or in a single file that it points to. */
async function inFolder<S extends z.ZodType>(folder: string, schema: S) {
  const config = await readConfig(join(folder, 'config.json'), schema, what);
  const pointer = await readPointer(folder);
  return { config, checkpoint: pointer ? await openSingleFile(ltxFiles, pointer) : await openCheckpoint(folder) };
}

/** Opens a denoiser's folder and checks every tensor the config asks for. Reads headers only. */
export async function openTransformerFiles(
  folder: string,
): Promise<{ config: TransformerConfig; checkpoint: Checkpoint }> {
  const { config, checkpoint } = await inFolder(folder, transformerConfig);
  for (const [name, shape] of transformerShapes(config)) checkpoint.get(name, shape);
  return { config, checkpoint };
}

/** The same for a text encoder. */
export async function openTextEncoderFiles(
  folder: string,
): Promise<{ config: TextEncoderConfig; checkpoint: Checkpoint }> {
  const { config, checkpoint } = await inFolder(folder, textEncoderConfig);
  mustBeWhole(config, checkpoint);
  return { config, checkpoint };
}

export interface LtxVaeFiles {
  config: VaeConfig;
  checkpoint: Checkpoint;
  /** Of latents, by channel: they lie among the tensors. */
  mean: Float32Array;
  std: Float32Array;
  /** What the decoder's time, on the 0..1 scale, is multiplied by; a tensor too. */
  timeScale: number;
  /** Bytes beyond which decoding goes by tiles; `vaeMemory()` unless said. */
  budget?: number;
  /** In pixels; diffusers' unless said. */
  tiling?: Tiling;
}

/** The same for a VAE, with the numbers that lie among its tensors. Writing its graphs looks up all others. */
export async function openVaeFiles(folder: string): Promise<LtxVaeFiles> {
  const { config, checkpoint } = await inFolder(folder, vaeConfig);
  const frames = 2 * timeFactor(config) + 1;
  const side = 2 * spaceFactor(config);
  for (const stage of [...decoderStages(config), ...encoderStages(config)]) {
    const b = new StageBuilder(stage.name, { checkpoint, kept: null, ends: Infinity, causal: stage.causal });
    stage.build(b, b.input([1, stage.channels, frames, side, side]));
  }
  const channels = config.latent_channels;
  const read = async (name: string, otherwise: number) =>
    checkpoint.has(name) ? readTensor(checkpoint.get(name, [channels])) : new Float32Array(channels).fill(otherwise);
  const scale = 'decoder.timestep_scale_multiplier';
  return {
    config,
    checkpoint,
    mean: await read('latents_mean', 0),
    std: await read('latents_std', 1),
    timeScale: checkpoint.has(scale) ? (await readTensor(checkpoint.get(scale)))[0]! : 1000,
  };
}

/** What a folder's `skein.json` says of this family: how latents are to be decoded, and what the model was distilled to. */
export async function readExtras(
  folder: string,
): Promise<{ decode?: { timestep?: number; noise?: number }; sigmas?: number[] }> {
  const path = join(folder, 'skein.json');
  if (!(await exists(path))) return {};
  const { decode = {}, sigmas } = await readConfig(path, modelExtras, what);
  const { timestep, noise } = decode;
  const said = { ...(timestep === undefined ? {} : { timestep }), ...(noise === undefined ? {} : { noise }) };
  return { ...(Object.keys(said).length ? { decode: said } : {}), ...(sigmas ? { sigmas } : {}) };
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Checkpoint, openCheckpoint } from '../../checkpoint';
import { embeddingNames, type TextEncoderConfig, textEncoderConfig, textEncoderShapes } from '../shared/t5-config';
import { type TransformerConfig, transformerConfig, transformerShapes } from './transformer-config';
import { spaceFactor, timeFactor, type VaeConfig, vaeConfig } from './vae-config';
import { decoderGraph } from './vae-decoder';
import { encoderGraph } from './vae-encoder';

/*
 * What the small files of a Wan folder say, with nothing opened: the pipeline's facts, and each part's config together
 * with its checked checkpoint. Free of onnxruntime, so that the catalog can be read by any process.
 */

const component = z.tuple([z.string().nullable(), z.string().nullable()]);

/** `model_index.json`. */
export const pipelineIndex = z.object({
  _class_name: z.string(),
  transformer: component.optional(),
  transformer_2: component.optional(),
  text_encoder: component.optional(),
  vae: component.optional(),
  expand_timesteps: z.boolean().nullish(),
  boundary_ratio: z.number().nullish(),
});
export type PipelineIndex = z.output<typeof pipelineIndex>;

/** `scheduler/scheduler_config.json`, as far as a default can be read from it. */
export const schedulerFacts = z.object({
  _class_name: z.string(),
  flow_shift: z.number().positive().nullish(),
  shift: z.number().positive().nullish(),
});

/** Parses one of a model's JSON files. Throws a sentence that names the file and the field. */
export async function readConfig<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const what = isMissing ? 'this file is missing' : 'this is not a JSON file';
    throw new Error(`${path}: ${what}. Download the model folder again.`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new Error(
    `${path}: the field "${issue.path.join('.')}" does not fit a Wan model (${issue.message}). Use a Wan checkpoint in the diffusers layout.`,
  );
}

/** Opens a denoiser's folder and checks every tensor the config asks for. Reads headers only. */
export async function openTransformerFiles(
  folder: string,
): Promise<{ config: TransformerConfig; checkpoint: Checkpoint }> {
  const config = await readConfig(join(folder, 'config.json'), transformerConfig);
  const checkpoint = await openCheckpoint(folder);
  for (const [name, shape] of transformerShapes(config)) checkpoint.get(name, shape);
  return { config, checkpoint };
}

/** The same for a text encoder's folder. */
export async function openTextEncoderFiles(
  folder: string,
): Promise<{ config: TextEncoderConfig; checkpoint: Checkpoint }> {
  const config = await readConfig(join(folder, 'config.json'), textEncoderConfig);
  const checkpoint = await openCheckpoint(folder);
  for (const [name, shape] of textEncoderShapes(config)) checkpoint.get(name, shape);
  const table = embeddingNames.find((name) => checkpoint.has(name)) ?? embeddingNames[0];
  checkpoint.get(table, [config.vocab_size, config.d_model]);
  return { config, checkpoint };
}

/** The same for a VAE's folder. Writing its graphs looks up every tensor; they are thrown away. */
export async function openVaeFiles(folder: string): Promise<{ config: VaeConfig; checkpoint: Checkpoint }> {
  const config = await readConfig(join(folder, 'config.json'), vaeConfig);
  const checkpoint = await openCheckpoint(folder);
  const piece = { first: false, more: true, attention: 'fused', convolution: '3d' } as const;
  decoderGraph(config, checkpoint, { ...piece, size: { frames: 1, height: 2, width: 2 } });
  const side = 2 * spaceFactor(config);
  encoderGraph(config, checkpoint, { ...piece, size: { frames: timeFactor(config), height: side, width: side } });
  return { config, checkpoint };
}

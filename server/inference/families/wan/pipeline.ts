import { join } from 'node:path';
import { z } from 'zod';
import { type Checkpoint, openCheckpoint } from '../../checkpoint';
import { readConfig } from '../shared/read-config';
import { embeddingNames, type TextEncoderConfig, textEncoderConfig, textEncoderShapes } from '../shared/t5-config';
import {
  type ImageEncoderConfig,
  type ImageProcessorConfig,
  imageEncoderConfig,
  imageEncoderShapes,
  imageProcessorConfig,
  prefixOf,
} from './image-encoder-config';
import { openTextEncoderFile, openTransformerFile, openVaeFile } from './single-file';
import { type TransformerConfig, transformerConfig, transformerShapes } from './transformer-config';
import { spaceFactor, timeFactor, type VaeConfig, vaeConfig } from './vae-config';
import { decoderGraph } from './vae-decoder';
import { encoderGraph } from './vae-encoder';

/*
 * What the small files of a Wan folder say, with nothing opened: the pipeline's facts, and each part's config together
 * with its checked checkpoint. Free of onnxruntime, so that the catalog can be read by any process.
 */

export { readConfig, schedulerFacts } from '../shared/read-config';

const component = z.tuple([z.string().nullable(), z.string().nullable()]);

/** `model_index.json`. */
export const pipelineIndex = z.object({
  _class_name: z.string(),
  transformer: component.optional(),
  transformer_2: component.optional(),
  text_encoder: component.optional(),
  image_encoder: component.optional(),
  vae: component.optional(),
  expand_timesteps: z.boolean().nullish(),
  boundary_ratio: z.number().nullish(),
});
export type PipelineIndex = z.output<typeof pipelineIndex>;

/** Where a part lies: a folder of the diffusers layout, or a single file. */
const isFile = (place: string): boolean => place.endsWith('.safetensors');

/** Opens a denoiser's folder or file and checks every tensor the config asks for. Reads headers only. */
export async function openTransformerFiles(
  place: string,
): Promise<{ config: TransformerConfig; checkpoint: Checkpoint }> {
  const { config, checkpoint } = isFile(place)
    ? await openTransformerFile(place)
    : await inFolder(place, transformerConfig);
  for (const [name, shape] of transformerShapes(config)) checkpoint.get(name, shape);
  return { config, checkpoint };
}

async function inFolder<S extends z.ZodType>(folder: string, schema: S) {
  const config = await readConfig(join(folder, 'config.json'), schema, 'a Wan model');
  return { config, checkpoint: await openCheckpoint(folder) };
}

/** The same for a text encoder. */
export async function openTextEncoderFiles(
  place: string,
): Promise<{ config: TextEncoderConfig; checkpoint: Checkpoint }> {
  const { config, checkpoint } = isFile(place)
    ? await openTextEncoderFile(place)
    : await inFolder(place, textEncoderConfig);
  for (const [name, shape] of textEncoderShapes(config)) checkpoint.get(name, shape);
  const table = embeddingNames.find((name) => checkpoint.has(name)) ?? embeddingNames[0];
  checkpoint.get(table, [config.vocab_size, config.d_model]);
  return { config, checkpoint };
}

/** The same for a VAE. Writing its graphs looks up every tensor; they are thrown away. */
export async function openVaeFiles(place: string): Promise<{ config: VaeConfig; checkpoint: Checkpoint }> {
  const { config, checkpoint } = isFile(place) ? await openVaeFile(place) : await inFolder(place, vaeConfig);
  const piece = { first: false, more: true, attention: 'fused', convolution: '3d' } as const;
  decoderGraph(config, checkpoint, { ...piece, size: { frames: 1, height: 2, width: 2 } });
  const side = 2 * spaceFactor(config);
  encoderGraph(config, checkpoint, { ...piece, size: { frames: timeFactor(config), height: side, width: side } });
  return { config, checkpoint };
}

/** The same for an image encoder, with the settings of the image processor beside its folder. */
export async function openImageEncoderFiles(
  folder: string,
): Promise<{ config: ImageEncoderConfig; processor: ImageProcessorConfig; checkpoint: Checkpoint; small: string }> {
  const { config, checkpoint } = await inFolder(join(folder, 'image_encoder'), imageEncoderConfig);
  const prefix = prefixOf(checkpoint);
  for (const [name, shape] of imageEncoderShapes(config)) checkpoint.get(`${prefix}${name}`, shape);
  const small = join(folder, 'image_processor', 'preprocessor_config.json');
  const processor = await readConfig(small, imageProcessorConfig, 'an image processor of CLIP');
  return { config, processor, checkpoint, small };
}

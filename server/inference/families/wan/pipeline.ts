import { join } from 'node:path';
import { z } from 'zod';
import { type Checkpoint, openCheckpoint } from '../../checkpoint';
import { readConfig } from '../shared/read-config';
import { openSingleFile } from '../shared/single-file';
import { mustBeWhole, type TextEncoderConfig, textEncoderConfig } from '../shared/t5-config';
import { readPointer } from '../single-layout';
import {
  type ImageEncoderConfig,
  type ImageProcessorConfig,
  imageEncoderConfig,
  imageEncoderShapes,
  imageProcessorConfig,
  prefixOf,
} from './image-encoder-config';
import { wanFiles } from './single-file';
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
  image_encoder: component.optional(),
  vae: component.optional(),
  expand_timesteps: z.boolean().nullish(),
  boundary_ratio: z.number().nullish(),
});
export type PipelineIndex = z.output<typeof pipelineIndex>;

/** Opens a denoiser's folder and checks every tensor the config asks for. Reads headers only. */
export async function openTransformerFiles(
  folder: string,
): Promise<{ config: TransformerConfig; checkpoint: Checkpoint }> {
  const { config, checkpoint } = await inFolder(folder, transformerConfig);
  for (const [name, shape] of transformerShapes(config)) checkpoint.get(name, shape);
  return { config, checkpoint };
}

/** The weights of a folder lie in it, or in a single file that it points to. */
async function inFolder<S extends z.ZodType>(folder: string, schema: S) {
  const config = await readConfig(join(folder, 'config.json'), schema, 'a Wan model');
  const pointer = await readPointer(folder);
  return { config, checkpoint: pointer ? await openSingleFile(wanFiles, pointer) : await openCheckpoint(folder) };
}

/** The same for a text encoder's folder. */
export async function openTextEncoderFiles(
  folder: string,
): Promise<{ config: TextEncoderConfig; checkpoint: Checkpoint }> {
  const { config, checkpoint } = await inFolder(folder, textEncoderConfig);
  mustBeWhole(config, checkpoint);
  return { config, checkpoint };
}

/** The same for a VAE's folder. Writing its graphs looks up every tensor; they are thrown away. */
export async function openVaeFiles(folder: string): Promise<{ config: VaeConfig; checkpoint: Checkpoint }> {
  const { config, checkpoint } = await inFolder(folder, vaeConfig);
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

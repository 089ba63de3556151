import { join } from 'node:path';
import type { z } from 'zod';
import type { ModelCard } from '../../../../nodes/values';
import type { PartFiles } from '../family';
import { mustFit } from '../shared/read-config';
import { openImageEncoderFiles, openTransformerFiles, type pipelineIndex } from './pipeline';
import type { TransformerConfig } from './transformer-config';
import { transformerMemory } from './transformer-memory';
import { timeFactor, type VaeConfig } from './vae-config';

type Index = z.output<typeof pipelineIndex>;

export interface DenoiserFacts extends Pick<ModelCard, 'pins' | 'pinsBy' | 'mustHold' | 'experts' | 'memory'> {
  config: TransformerConfig;
  files: PartFiles;
}

/**
 * What a Wan folder's denoiser is: one network or the two of an A14B pair, of which kind of known frames. Its results
 * depend on all networks it asks, the VAE and the image encoder among them where known frames are channels.
 */
export async function readDenoiser(
  path: string,
  about: { index: Index; vae: VaeConfig; vaeFiles: readonly string[] },
): Promise<DenoiserFacts> {
  const { index, vae, vaeFiles } = about;
  const { config, checkpoint } = await openTransformerFiles(join(path, 'transformer'));
  const more: string[] = [];
  // Published configs name a boundary even where there is no second network; without both there is one.
  const boundary = index.transformer_2?.[1] ? index.boundary_ratio : null;
  if (boundary) {
    const second = await openTransformerFiles(join(path, 'transformer_2'));
    mustFit(path, { transformer: config.in_channels, transformer_2: second.config.in_channels }, 'channels');
    more.push(join(path, 'transformer_2', 'config.json'), ...second.checkpoint.paths);
  }
  // The noisy clip; a mask with a channel for each frame of a latent frame; the known frames.
  const isShown = config.in_channels === 2 * vae.z_dim + timeFactor(vae);
  if (config.out_channels !== vae.z_dim) {
    throw new Error(
      `${path}: the VAE makes latents of ${vae.z_dim} channels, and the transformer gives ${config.out_channels}: they are of two models (16 channels are Wan 2.1's, which Wan 2.2 A14B has too; 48 are Wan 2.2 TI2V 5B's). Put the VAE of the transformer's own model into vae/.`,
    );
  }
  if (!isShown && config.in_channels !== vae.z_dim) {
    throw new Error(
      `${path}: the transformer takes ${config.in_channels} channels where a latent has ${vae.z_dim}: it is a variant with inputs of its own (control, camera, reference), which Skein does not give it. Use a plain text-to-video or image-to-video model.`,
    );
  }
  if (config.image_dim && isShown) {
    const eyes = await openImageEncoderFiles(path);
    mustFit(path, { image_encoder: eyes.config.hidden_size, denoiser: config.image_dim }, 'image width');
    more.push(join(path, 'image_encoder', 'config.json'), eyes.small, ...eyes.checkpoint.paths);
  }
  // Of two networks one is open at a time, and they are alike.
  const common = {
    config,
    memory: transformerMemory(config, checkpoint),
    ...(boundary ? { experts: { boundary } } : {}),
  };
  if (isShown) {
    const files = { name: 'transformer', checkpoint, more: [...more, ...vaeFiles] };
    return { ...common, files, pinsBy: 'channels', ...heldBy(config) };
  }
  // Published checkpoints of this kind know the first frame; `skein.json` says so where a recipe trained others too.
  const pins = index.expand_timesteps ? 'first' : 'none';
  return { ...common, files: { name: 'transformer', checkpoint, more }, pins };
}

/** A position table makes sense of two pictures and no other number; without one an image encoder's states are of one. */
function heldBy(config: TransformerConfig): Pick<ModelCard, 'pins' | 'mustHold'> {
  if (config.pos_embed_seq_len) return { pins: 'first-last', mustHold: 'first-last' };
  return { pins: config.image_dim ? 'first' : 'first-last', mustHold: 'first' };
}

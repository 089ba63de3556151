import { join } from 'node:path';
import type { Denoiser, TextEncoder, Vae } from '../../../../nodes/machine';
import type { ModelCard } from '../../../../nodes/values';
import { cleanPrompt } from '../../clean-prompt';
import { InUse } from '../../in-use';
import type { Device } from '../../session';
import { openTokenizer } from '../../tokenizer';
import { T5Encoder } from '../shared/t5-encoder';
import { openTextEncoderFiles, openTransformerFiles, openVaeFiles } from './pipeline';
import { WanTransformer } from './transformer';
import { WanVae } from './vae';

/** A part of a model that is open. After `release` it opens again by itself if it is still used. */
export interface OpenPart<T> {
  part: T;
  release(): Promise<void>;
}

interface Where {
  /** The folder with `model_index.json`. */
  folder: string;
  card: ModelCard;
  device: Device;
}

/** Clean, cut into tokens, encode: what diffusers' WanPipeline does with a prompt. */
export async function openTextEncoder({ folder, card, device }: Where): Promise<OpenPart<TextEncoder>> {
  const { config, checkpoint } = await openTextEncoderFiles(join(folder, 'text_encoder'));
  const tokenizer = await openTokenizer(join(folder, 'tokenizer'));
  const encoder = new T5Encoder(config, checkpoint, device);
  const use = new InUse(() => encoder.release());
  const part: TextEncoder = {
    async encode(text, length) {
      const ids = tokenizer.encode(cleanPrompt(text), length);
      const states = await use.run(() => encoder.encode(ids));
      return { kind: 'conditioning', family: card.family, states, tokens: ids.length, width: config.d_model, length };
    },
  };
  return { part, release: () => use.close() };
}

export async function openDenoiser({ folder, card, device }: Where): Promise<OpenPart<Denoiser>> {
  const { config, checkpoint } = await openTransformerFiles(join(folder, 'transformer'));
  const transformer = new WanTransformer(config, checkpoint, device);
  const use = new InUse(() => transformer.release());
  return { part: { card, predict: (call) => use.run(() => transformer.predict(call)) }, release: () => use.close() };
}

/** The VAE holds sessions only while a clip streams through it, so there is nothing to release. */
export async function openVae({ folder, card, device }: Where): Promise<OpenPart<Vae>> {
  return { part: new WanVae(await openVaeFiles(join(folder, 'vae')), card, device), release: async () => undefined };
}

import { join } from 'node:path';
import type { Denoiser, TextEncoder, Vae } from '../../../../nodes/machine';
import { cleanPrompt } from '../../clean-prompt';
import { InUse } from '../../in-use';
import { openTokenizer } from '../../tokenizer';
import type { FamilyParts, OpenPart, Where } from '../family';
import { T5Encoder } from '../shared/t5-encoder';
import { openTextEncoderFiles, openTransformerFiles, openVaeFiles } from './pipeline';
import { WanTransformer } from './transformer';
import { WanVae } from './vae';

/** Clean, cut into tokens, encode: what diffusers' WanPipeline does with a prompt. */
async function openTextEncoder({ folder, card, device }: Where): Promise<OpenPart<TextEncoder>> {
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

async function openDenoiser({ folder, card, device }: Where): Promise<OpenPart<Denoiser>> {
  const { config, checkpoint } = await openTransformerFiles(join(folder, 'transformer'));
  const transformer = new WanTransformer(config, checkpoint, device);
  const use = new InUse(() => transformer.release());
  return { part: { card, predict: (call) => use.run(() => transformer.predict(call)) }, release: () => use.close() };
}

/** The VAE holds sessions only while a clip streams through it, so there is nothing to release. */
async function openVae({ folder, card, device }: Where): Promise<OpenPart<Vae>> {
  return { part: new WanVae(await openVaeFiles(join(folder, 'vae')), card, device), release: async () => undefined };
}

export default { openTextEncoder, openDenoiser, openVae } satisfies FamilyParts;

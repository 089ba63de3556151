import { join } from 'node:path';
import type { Denoiser, TextEncoder, Vae } from '../../../../nodes/machine';
import { withHalves } from '../../checkpoint';
import { cleanPrompt } from '../../clean-prompt';
import { fastCheckpoint } from '../../fast-weights';
import { InUse } from '../../in-use';
import { openLora, withLoras } from '../../lora';
import { openTokenizer } from '../../tokenizer';
import type { FamilyParts, OpenPart, Where } from '../family';
import { mustHaveRoom, mustHoldEncoder } from '../shared/network-memory';
import { T5Encoder } from '../shared/t5-encoder';
import { asPrecise } from '../shared/t5-precision';
import { WanDenoiser } from './denoiser';
import { fastNetwork } from './fast';
import { isFastMatrix } from './fast-matrices';
import { encodePictures } from './image-encoder';
import type { KnownFramesMakers } from './known-frames';
import { wanLoraSpelling } from './lora-names';
import { openImageEncoderFiles, openTextEncoderFiles, openTransformerFiles, openVaeFiles } from './pipeline';
import { WanTransformer } from './transformer';
import { WanVae } from './vae';

/** Clean, cut into tokens, encode: what diffusers' WanPipeline does with a prompt. */
async function openTextEncoder(where: Where): Promise<OpenPart<TextEncoder>> {
  const { folder, card, device } = where;
  mustHoldEncoder(where);
  const files = await openTextEncoderFiles(join(folder, 'text_encoder'));
  const { config } = files;
  const tokenizer = await openTokenizer(join(folder, 'tokenizer'));
  const encoder = new T5Encoder(config, await asPrecise(files, where), device);
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

async function openDenoiser(where: Where): Promise<OpenPart<Denoiser>> {
  const { folder, card, device, fast, isHalf, loras = [] } = where;
  const names = card.experts ? ['transformer', 'transformer_2'] : ['transformer'];
  const read = await Promise.all(
    loras.map(async (lora) => ({ ...lora, file: await openLora(lora.path, wanLoraSpelling) })),
  );
  const files = await Promise.all(
    names.map(async (name, index) => {
      const { config, checkpoint: exact } = await openTransformerFiles(join(folder, name));
      const rounded = isHalf ? withHalves(exact, isFastMatrix) : exact;
      const checkpoint = fast ? await fastCheckpoint(fast, fastNetwork({ name, config, checkpoint: exact })) : rounded;
      const turn = index === 0 ? 'first' : 'second';
      const mine = read.map((lora) => ({ ...lora, isLeftOut: lora.network !== 'all' && lora.network !== turn }));
      return { config, checkpoint: await withLoras(checkpoint, mine) };
    }),
  );
  const networks = files.map(({ config, checkpoint }) => new WanTransformer(config, checkpoint, device));
  const looks = Boolean(files[0]!.config.image_dim);
  const makers = card.pinsBy ? await knownFramesMakers({ folder, card, device }, looks) : undefined;
  const denoiser = new WanDenoiser(card, networks, { makers, mustHaveRoom: (shape) => mustHaveRoom(where, shape) });
  const use = new InUse(() => denoiser.release());
  return { part: { card, predict: (call) => use.run(() => denoiser.predict(call)) }, release: () => use.close() };
}

/** Known frames are encoded by the very VAE and image encoder the denoiser was trained with. */
async function knownFramesMakers({ folder, card, device }: Where, looks: boolean): Promise<KnownFramesMakers> {
  const vae = new WanVae(await openVaeFiles(join(folder, 'vae')), card, device);
  const { time, scale } = card.latent;
  const encode: KnownFramesMakers['encode'] = async (source) => (await vae.encodePixels(source)).data;
  if (!looks) return { time, scale, encode };
  const eyes = await openImageEncoderFiles(folder);
  return { time, scale, encode, look: (pictures) => encodePictures(eyes, pictures, device) };
}

/** The VAE holds sessions only while a clip streams through it, so there is nothing to release. */
async function openVae({ folder, card, device }: Where): Promise<OpenPart<Vae>> {
  return { part: new WanVae(await openVaeFiles(join(folder, 'vae')), card, device), release: async () => undefined };
}

export default { openTextEncoder, openDenoiser, openVae } satisfies FamilyParts;

import { join } from 'node:path';
import type { Denoiser, TextEncoder, Vae } from '../../../../nodes/machine';
import { withHalves } from '../../checkpoint';
import { fastCheckpoint } from '../../fast-weights';
import { InUse } from '../../in-use';
import { openLora, withLoras } from '../../lora';
import { openTokenizer } from '../../tokenizer';
import type { FamilyParts, OpenPart, Where } from '../family';
import { mustHaveRoom, mustHoldEncoder } from '../shared/network-memory';
import { T5Encoder } from '../shared/t5-encoder';
import { asPrecise } from '../shared/t5-precision';
import { fastNetwork } from './fast';
import { isFastMatrix } from './fast-matrices';
import { ltxLoraSpelling } from './lora-names';
import { openTextEncoderFiles, openTransformerFiles, openVaeFiles, readExtras, readPipeline } from './pipeline';
import { LtxTransformer } from './transformer';
import { decodeDefaults, LtxVae } from './vae';

/** Of clips that do not say how fast they are. */
const usualFps = 25;

/**
 * Cut into tokens, encode: what diffusers' LTX pipelines do with a prompt. It is not cleaned. Up to 0.9.1 words attend to the
 * padding inside the encoder, later (LTXConditionPipeline) they do not; the denoiser sees the words alone in any case.
 */
async function openTextEncoder(where: Where): Promise<OpenPart<TextEncoder>> {
  const { folder, card, device } = where;
  mustHoldEncoder(where);
  const files = await openTextEncoderFiles(join(folder, 'text_encoder'));
  const { config } = files;
  const { isLater } = await readPipeline(folder);
  const tokenizer = await openTokenizer(join(folder, 'tokenizer'));
  const encoder = new T5Encoder(config, await asPrecise(files, where), device);
  const use = new InUse(() => encoder.release());
  const width = config.d_model;
  const part: TextEncoder = {
    async encode(text, length) {
      const ids = tokenizer.encode(text, length);
      const all = await use.run(() => encoder.encode(isLater ? ids : tokenizer.pad(ids, length)));
      const states = all.slice(0, ids.length * width);
      return { kind: 'conditioning', family: card.family, states, tokens: ids.length, width, length };
    },
  };
  return { part, release: () => use.close() };
}

async function openDenoiser(where: Where): Promise<OpenPart<Denoiser>> {
  const { folder, card, device, fast, isHalf, loras = [] } = where;
  const { isLater } = await readPipeline(folder);
  const { time, scale } = card.latent;
  const clip = { time, scale, timing: isLater ? 'causal' : 'even', fps: usualFps } as const;
  const { config, checkpoint: exact } = await openTransformerFiles(join(folder, 'transformer'));
  const rounded = isHalf ? withHalves(exact, isFastMatrix) : exact;
  const checkpoint = fast ? await fastCheckpoint(fast, fastNetwork({ config, checkpoint: exact }, clip)) : rounded;
  const files = await Promise.all(
    loras.map(async ({ path, partial }) => ({ partial, file: await openLora(path, ltxLoraSpelling) })),
  );
  const transformer = new LtxTransformer({ config, checkpoint: await withLoras(checkpoint, files) }, clip, device);
  const use = new InUse(() => transformer.release());
  let isOpen = false;
  const predict: Denoiser['predict'] = (call) =>
    use.run(async () => {
      if (!isOpen) mustHaveRoom(where, call.shape);
      isOpen = true;
      return transformer.predict(call);
    });
  return { part: { card, predict }, release: () => use.close() };
}

/** The VAE holds sessions only while a clip streams through it, so there is nothing to release. */
async function openVae({ folder, card, device }: Where): Promise<OpenPart<Vae>> {
  const how = { ...decodeDefaults, ...(await readExtras(folder)).decode };
  return {
    part: new LtxVae(await openVaeFiles(join(folder, 'vae')), card, device, how),
    release: async () => undefined,
  };
}

export default { openTextEncoder, openDenoiser, openVae } satisfies FamilyParts;

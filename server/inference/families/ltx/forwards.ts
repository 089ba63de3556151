import { join } from 'node:path';
import type { Forward, Forwards } from '../forward';
import { figuresOf, textForward, wave } from '../shared/forward';
import { openTextEncoderFiles, openTransformerFiles, openVaeFiles, readPipeline } from './pipeline';
import { LtxTransformer } from './transformer';
import { outChannels } from './transformer-config';
import { decodeDefaults, LtxVae } from './vae';

const fps = 25;

/** One forward of each part, as for Wan. Decoders that mix noise in are given none, and told the time 0.05. */
const forwards: Forwards = ({ folder, card, device }, size) => {
  const { frames, height, width } = size.latent;
  const shape = [card.latent.channels, frames, height, width] as const;
  const at = `latent ${shape.join(' x ')}`;
  const denoiser: Forward = {
    part: 'denoiser',
    name: 'transformer',
    input: `${at}, ${size.tokens} rows of text, time 999, ${fps} frames a second`,
    async open() {
      const { isLater } = await readPipeline(folder);
      const { time, scale } = card.latent;
      const files = await openTransformerFiles(join(folder, 'transformer'));
      const clip = { time, scale, timing: isLater ? 'causal' : 'even', fps } as const;
      const transformer = new LtxTransformer(files, clip, device);
      const [tokens, text] = [size.tokens, files.config.caption_channels];
      const states = wave([tokens, text]);
      const call = {
        latent: wave(shape),
        shape,
        timesteps: 999,
        text: { kind: 'conditioning', family: card.family, states, tokens, width: text, length: tokens } as const,
      };
      const out = outChannels(files.config);
      return {
        run: async () => figuresOf([{ data: await transformer.predict(call), shape: [1, out, frames, height, width] }]),
        release: () => transformer.release(),
      };
    },
  };
  const vae: Forward = {
    part: 'vae',
    name: 'vae',
    input: at,
    async open() {
      const decoder = new LtxVae(await openVaeFiles(join(folder, 'vae')), card, device, decodeDefaults);
      const none = (count: number) => new Float32Array(count);
      return {
        run: () => figuresOf(decoder.decodeClip(wave(shape), shape, { noise: none }).pieces),
        release: async () => undefined,
      };
    },
  };
  const text = textForward('text_encoder', {
    open: () => openTextEncoderFiles(join(folder, 'text_encoder')),
    device,
    tokens: size.tokens,
  });
  return [...(card.parts['text-encoder'] ? [text] : []), denoiser, vae];
};
export default forwards;

import { join } from 'node:path';
import type { Where } from '../family';
import type { Forward, ForwardSize, Forwards } from '../forward';
import { figuresOf, textForward, wave } from '../shared/forward';
import { openTextEncoderFiles, openTransformerFiles, openVaeFiles } from './pipeline';
import { WanTransformer } from './transformer';
import { WanVae } from './vae';

/** Rows of one picture in CLIP's states: 16 x 16 patches and one for the whole. */
const pictureRows = 257;

/** One forward of each part, in the order in which a prompt goes through them. docs/04-checkpoints.md has the formulas. */
const forwards: Forwards = ({ folder, card, device }, size) => {
  const networks = card.experts ? ['transformer', 'transformer_2'] : ['transformer'];
  const text = (): Forward =>
    textForward('text_encoder', {
      open: () => openTextEncoderFiles(join(folder, 'text_encoder')),
      device,
      tokens: size.tokens,
    });
  const { frames, height, width } = size.latent;
  const vae: Forward = {
    part: 'vae',
    name: 'vae',
    input: `latent ${card.latent.channels} x ${frames} x ${height} x ${width}`,
    async open() {
      const decoder = new WanVae(await openVaeFiles(join(folder, 'vae')), card, device);
      const shape = [card.latent.channels, frames, height, width] as const;
      return { run: () => figuresOf(decoder.decodeClip(wave(shape), shape)), release: async () => undefined };
    },
  };
  return [
    ...(card.parts['text-encoder'] ? [text()] : []),
    ...networks.map((name) => denoiserForward(name, { folder, card, device }, size)),
    vae,
  ];
};
export default forwards;

function denoiserForward(name: string, { folder, card, device }: Where, { latent, tokens }: ForwardSize): Forward {
  const { frames, height, width } = latent;
  return {
    part: 'denoiser',
    name,
    input: `latent ${frames} x ${height} x ${width}, ${tokens} rows of text, time 999`,
    async open() {
      const { config, checkpoint } = await openTransformerFiles(join(folder, name));
      const transformer = new WanTransformer(config, checkpoint, device);
      await transformer.open();
      const shape = [config.in_channels, frames, height, width] as const;
      const rows = config.pos_embed_seq_len ?? pictureRows;
      const { text_dim, image_dim, out_channels } = config;
      const states = wave([tokens, text_dim]);
      const call = {
        latent: wave(shape),
        shape,
        timesteps: 999,
        text: { kind: 'conditioning', family: card.family, states, tokens, width: text_dim, length: tokens } as const,
        ...(image_dim ? { picture: { states: wave([rows, image_dim]), rows } } : {}),
      };
      return {
        run: async () =>
          figuresOf([{ data: await transformer.predict(call), shape: [1, out_channels, frames, height, width] }]),
        release: () => transformer.release(),
      };
    },
  };
}

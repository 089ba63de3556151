import type { Checkpoint } from '../../checkpoint';
import type { Device, FloatTensor } from '../../session';
import type { Forward, ForwardFigures } from '../forward';
import type { TextEncoderConfig } from './t5-config';
import { T5Encoder } from './t5-encoder';

/** Element i is sin(0.11 i): inputs that anybody can make in any language. */
export const wave = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: shape.reduce((total, size) => total * size, 1) }, (_, i) => Math.sin(0.11 * i));

/** Sums and ends of a tensor that comes in pieces along its third axis (frames), or in one. */
export async function figuresOf(pieces: AsyncIterable<FloatTensor> | readonly FloatTensor[]): Promise<ForwardFigures> {
  const figures: ForwardFigures = { shape: [], sumOfSizes: 0, sum: 0, first: [], last: [] };
  for await (const { data, shape } of pieces) {
    for (const x of data) {
      figures.sumOfSizes += Math.abs(x);
      figures.sum += x;
    }
    if (!figures.shape.length) Object.assign(figures, { shape: [...shape], first: [...data.slice(0, 4)] });
    else figures.shape[2]! += shape[2]!;
    figures.last = [...data.slice(-3)];
  }
  return figures;
}

/** Ids of `tokens` tokens, (7i mod 97) + 2; smaller vocabularies take a smaller modulus. */
export const formulaIds = (tokens: number, vocabulary: number): number[] =>
  Array.from({ length: tokens }, (_, i) => ((7 * i) % Math.min(97, vocabulary - 2)) + 2);

/** One forward of a T5-type encoder. */
export function textForward(
  name: string,
  about: { open(): Promise<{ config: TextEncoderConfig; checkpoint: Checkpoint }>; device: Device; tokens: number },
): Forward {
  const { tokens, device } = about;
  return {
    part: 'text-encoder',
    name,
    input: `${tokens} ids`,
    async open() {
      const { config, checkpoint } = await about.open();
      const encoder = new T5Encoder(config, checkpoint, device);
      await encoder.open();
      const ids = formulaIds(tokens, config.vocab_size);
      return {
        run: async () => figuresOf([{ data: await encoder.encode(ids), shape: [1, tokens, config.d_model] }]),
        release: () => encoder.release(),
      };
    },
  };
}

import type { StoredTensor } from './safetensors';

/*
 * Tiny decoders (TAEHV, by madebyollin): a few small convolutions that turn latents into pictures in a fraction of the time
 * of the VAE they were distilled from. Layers are numbered in one row; their sizes tell everything about them.
 */

type Tensors = ReadonlyMap<string, StoredTensor>;

/** A level works at one size of picture: three blocks that remember the frame before, then doubling. */
export interface TinyLevel {
  /** Numbers of its blocks and of what follows them. */
  blocks: readonly number[];
  /** The 1x1 convolution that makes `grow` frames of one, and the 3x3 one; in one order or the other, by the kind. */
  time: number;
  conv: number;
  /** Channels within, and behind. */
  width: number;
  next: number;
}

export interface TinyLayout {
  /** `plain`: 3x3 convolutions. `super`: wider ones over each channel by itself, in the manner of ConvNeXt. */
  kind: 'plain' | 'super';
  channels: number;
  first: number;
  levels: readonly TinyLevel[];
  last: number;
  /** A pixel of the last layer is so many by so many pixels of the picture. */
  patch: number;
}

const blocksPerLevel = 3;
const levelCount = 3;

/** What a file's decoder is, or null when it is no tiny decoder. Reads names and shapes only. */
export function tinyLayout(tensors: Tensors): TinyLayout | null {
  const kind = tensors.has('decoder.1.conv.0.weight') ? 'super' : 'plain';
  const shape = (layer: number, inner = ''): readonly number[] =>
    tensors.get(`decoder.${layer}.${inner}weight`)?.shape ?? [];
  let at = kind === 'super' ? 0 : 1;
  const first = at;
  const [width = 0, channels = 0] = shape(first);
  at += kind === 'super' ? 1 : 2;
  const levels: TinyLevel[] = [];
  for (let level = 0, wide = width; level < levelCount; level++) {
    const blocks = Array.from({ length: blocksPerLevel }, (_, i) => at + i);
    at += blocksPerLevel;
    // Plain: doubled picture, frames, convolution. Super: convolution, activation, doubled picture, frames.
    const [time, conv] = kind === 'super' ? [at + 3, at] : [at + 1, at + 2];
    const next = kind === 'super' ? (shape(conv)[0] ?? 0) / 4 : (shape(conv)[0] ?? 0);
    levels.push({ blocks, time, conv, width: wide, next });
    wide = next;
    at += kind === 'super' ? 4 : 3;
  }
  const last = kind === 'super' ? at : at + 1;
  const patch = Math.sqrt((shape(last)[0] ?? 0) / 3);
  const layout = { kind, channels, first, levels, last, patch } as const;
  return Number.isInteger(patch) && patch > 0 && isWhole(layout, tensors) ? layout : null;
}

/** Whether every tensor is there in its shape; frames may grow by 1 or 2 at each level. */
function isWhole({ kind, channels, first, levels, last, patch }: TinyLayout, tensors: Tensors): boolean {
  const is = (name: string, wanted: readonly number[]) => {
    const found = tensors.get(`decoder.${name}`)?.shape ?? [];
    return found.length === wanted.length && wanted.every((size, axis) => size > 0 && size === found[axis]);
  };
  const side = kind === 'super' ? 1 : 3;
  const [{ width = 0 } = { width: 0 }] = levels;
  const begins =
    is(`${first}.weight`, [width, channels, side, side]) && (kind === 'super' || is(`${first}.bias`, [width]));
  const goesOn = levels.every(({ blocks, time, conv, width: wide, next }) => {
    const grown = kind === 'super' ? next : wide;
    const made = kind === 'super' ? 4 * next : next;
    return (
      blocks.every((block) => isBlock(`${block}.conv`, wide)) &&
      (is(`${time}.conv.weight`, [grown, grown, 1, 1]) || is(`${time}.conv.weight`, [2 * grown, grown, 1, 1])) &&
      is(`${conv}.weight`, [made, wide, 3, 3]) &&
      (kind === 'plain' || is(`${conv}.bias`, [made]))
    );
  });
  function isBlock(at: string, wide: number): boolean {
    if (kind === 'super') {
      const sides = is(`${at}.0.weight`, [2 * wide, 1, 7, 7]) && is(`${at}.1.weight`, [4 * wide, 2 * wide, 1, 1]);
      return sides && is(`${at}.1.bias`, [4 * wide]) && is(`${at}.3.weight`, [wide, 4 * wide, 1, 1]);
    }
    return [0, 2, 4].every(
      (layer) =>
        is(`${at}.${layer}.weight`, [wide, layer === 0 ? 2 * wide : wide, 3, 3]) && is(`${at}.${layer}.bias`, [wide]),
    );
  }
  const ends =
    is(`${last}.weight`, [3 * patch ** 2, levels.at(-1)!.next, 3, 3]) && is(`${last}.bias`, [3 * patch ** 2]);
  return begins && goesOn && ends;
}

import type { Denoiser } from '../../../../nodes/machine';
import { encoderTooLarge, lackOfMemory, lackOnCard } from '../../../../nodes/memory';
import type { ModelCard } from '../../../../nodes/values';
import type { Checkpoint } from '../../checkpoint';
import { freeMemory, holdInt8, holdWide, wideBytes } from '../../memory';
import type { Where } from '../family';

/** Rows of text in a long prompt; keys and values of each block are kept for the wanted and the unwanted one. */
const rows = 100;
/** Sessions, the runtime's own needs and what they leave lying about. */
const base = 50e6;

export interface NetworkSizes {
  /** Every tensor and its shape. */
  shapes: ReadonlyMap<string, readonly number[]>;
  checkpoint: Checkpoint;
  layers: number;
  width: number;
  /** fp32 numbers for each token at the worst moment. */
  perToken: number;
  isSmall: boolean;
  isFast(tensor: string): boolean;
}

/**
 * What one transformer works with, in bytes. On a CPU weights that stay mapped into their file are not counted; those in
 * fp32 or eight bits are, where they are packed. A graphics card holds them all.
 */
export function networkMemory(about: NetworkSizes): NonNullable<ModelCard['memory']> {
  const { shapes, checkpoint, layers, width, perToken, isSmall, isFast } = about;
  const words = 2 * rows * 2 * width * layers;
  let [all, widest, fast] = [0, 0, 0];
  for (const [name, shape] of shapes) {
    const numbers = shape.reduce((total, size) => total * size, 1);
    all += numbers;
    if (isFast(name)) fast += numbers;
    // Half-precision weights are widened just before they are used.
    if (checkpoint.get(name).dtype !== 'F32') widest = Math.max(widest, numbers);
  }
  const wide = wideBytes([...shapes.keys()].map((name) => checkpoint.get(name)));
  const packed = holdWide(wide) === 'packed' ? wide / 4 : 0;
  const weights = isSmall ? 2 * all : 2 * widest + packed;
  return {
    fixed: base + 4 * (words + weights),
    perToken: 4 * (perToken + rows),
    fast: holdInt8(fast) === 'resident' ? fast : 0,
    onCard: { exact: 4 * all, half: 4 * all - 2 * fast },
  };
}

/** Refuses a clip for which there is no memory, with the longest that would fit: asked before a network opens. */
export function mustHaveRoom(
  { card, device, isHalf = false }: Pick<Where, 'card' | 'device' | 'isHalf'>,
  [, frames, height, width]: Parameters<Denoiser['predict']>[0]['shape'],
): void {
  const clip = { frames, height, width };
  // Of a card that nobody could ask nothing is said.
  const room = { bytes: device.memory ?? Infinity, isHalf };
  const says = device.name === 'cpu' ? lackOfMemory(card, clip, freeMemory()) : lackOnCard(card, clip, room);
  if (says) throw new Error(says);
}

/** Refuses a text encoder that the graphics card cannot hold. */
export function mustHoldEncoder({ card, device, isHalf = false }: Pick<Where, 'card' | 'device' | 'isHalf'>): void {
  const room = { bytes: device.memory ?? Infinity, isHalf };
  const says = device.name === 'cpu' ? null : encoderTooLarge(card, room);
  if (says) throw new Error(says);
}

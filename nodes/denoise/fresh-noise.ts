import { sha256 } from '@noble/hashes/sha2.js';
import type { Machine } from '../machine';

/**
 * Noise for samplers that add some on the way. It depends on the clip's first noise, hence on its seed, and on the step's
 * index and which of its draws it is alone: a run resumed after any step draws what an unbroken one would have drawn.
 */
export function freshNoise(
  first: Float32Array,
  ctx: Pick<Machine, 'noise'>,
): (index: number, draw?: number) => Float32Array {
  let digest: Uint8Array | undefined;
  return (index, draw = 0) => {
    digest ??= sha256(new Uint8Array(first.buffer, first.byteOffset, first.byteLength));
    // A step's first draw is named by the index alone, as when steps had but one.
    const name = draw === 0 ? Uint32Array.of(index) : Uint32Array.of(index, draw);
    const mixed = sha256(Uint8Array.from([...digest, ...new Uint8Array(name.buffer)]));
    return ctx.noise(new DataView(mixed.buffer, mixed.byteOffset).getUint32(0)).normal(first.length);
  };
}

import { sha256 } from '@noble/hashes/sha2.js';
import type { Machine } from '../machine';

/**
 * Noise for samplers that add some on the way. It depends on the clip's first noise, hence on its seed, and on the step's
 * index alone: a run resumed after any step draws what an unbroken one would have drawn.
 */
export function freshNoise(first: Float32Array, ctx: Pick<Machine, 'noise'>): (index: number) => Float32Array {
  let digest: Uint8Array | undefined;
  return (index) => {
    digest ??= sha256(new Uint8Array(first.buffer, first.byteOffset, first.byteLength));
    const mixed = sha256(Uint8Array.from([...digest, ...new Uint8Array(Uint32Array.of(index).buffer)]));
    return ctx.noise(new DataView(mixed.buffer, mixed.byteOffset).getUint32(0)).normal(first.length);
  };
}

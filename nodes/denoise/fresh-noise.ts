import { sha256 } from '@noble/hashes/sha2.js';
import type { Machine } from '../machine';
import { BrownianPath } from './brownian';
import type { Stepping } from './sampling';

/**
 * Noise for samplers that add some on the way. It depends on the clip's first noise, hence on its seed, and on the step's
 * index and which of its draws it is alone: a run resumed after any step draws what an unbroken one would have drawn.
 */
export function freshNoise(
  first: Float32Array,
  ctx: Pick<Machine, 'noise' | 'sha256'>,
): (index: number, draw?: number) => Float32Array {
  const named = drawsOf(first, ctx);
  // A step's first draw is named by the index alone, as when steps had but one.
  return (index, draw = 0) => (draw === 0 ? named(index) : named(index, draw));
}

/** The same from one Brownian path over the schedule: more steps refine the same noise instead of drawing other. */
export function pathNoise(
  first: Float32Array,
  ctx: Pick<Machine, 'noise' | 'sha256'>,
  { sigmas, largest }: { sigmas: Float32Array; largest: number },
): Stepping['noise'] {
  const draw = drawsOf(first, ctx);
  const path = new BrownianPath(largest, sigmas, (level, place) => draw(level, place, 1));
  return (index, _draw, [from, to] = [sigmas[index]!, sigmas[index + 1]!]) => path.over(from, to);
}

/** Noise by name: a few whole numbers, mixed with what the first noise was. */
function drawsOf(first: Float32Array, ctx: Pick<Machine, 'noise' | 'sha256'>): (...name: number[]) => Float32Array {
  let digest: Uint8Array | undefined;
  return (...name) => {
    digest ??= ctx.sha256(first);
    const mixed = sha256(Uint8Array.from([...digest, ...new Uint8Array(Uint32Array.from(name).buffer)]));
    return ctx.noise(new DataView(mixed.buffer, mixed.byteOffset).getUint32(0)).normal(first.length);
  };
}

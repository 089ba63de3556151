import type { Stepping } from './sampling';

/**
 * Puts an array at the front of what a sampler remembers under `name`, and keeps `most` of them. Returns all that are
 * kept, newest first. They lie in the sampler's state as `name0`, `name1`, ...
 */
export function remember(
  { arrays }: Stepping['state'],
  about: { name: string; array: Float32Array; most: number },
): Float32Array[] {
  const { name, array, most } = about;
  const kept = [array, ...recall({ arrays, numbers: {} }, name)].slice(0, most);
  kept.forEach((one, i) => {
    arrays[`${name}${i}`] = one;
  });
  return kept;
}

/** What is remembered under `name`, newest first. */
export function recall({ arrays }: Stepping['state'], name: string): Float32Array[] {
  const kept: Float32Array[] = [];
  for (let i = 0; arrays[`${name}${i}`]; i++) kept.push(arrays[`${name}${i}`]!);
  return kept;
}

/** The sigmas of this step and of the `count - 1` steps before it, newest first. */
export const lastSigmas = ({ sigmas, index }: Stepping, count: number): number[] =>
  Array.from({ length: count }, (_, k) => sigmas[index - k]!);

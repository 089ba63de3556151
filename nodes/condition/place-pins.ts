import type { LatentValue, PinsValue } from '../values';

/** Latent frames of a piece, put into a clip-shaped pins value from latent frame `at` on; earlier pins stay where they are. */
export function placePins(about: {
  piece: Pick<LatentValue, 'data' | 'shape'>;
  /** Leading latent frames of the piece to leave out. */
  skip: number;
  at: number;
  /** The time (0..1) the placed frames claim to be at. */
  noise: number;
  like: Pick<LatentValue, 'space' | 'shape'>;
  pins?: PinsValue;
}): PinsValue {
  const { piece, skip, at, noise, like, pins } = about;
  const [channels, frames, height, width] = like.shape;
  const plane = height * width;
  const data = pins ? pins.data.slice() : new Float32Array(channels * frames * plane);
  const known = pins ? [...pins.known] : new Array<boolean>(frames).fill(false);
  const times = pins ? [...pins.noise] : new Array<number>(frames).fill(0);
  const placed = piece.shape[1] - skip;
  for (let channel = 0; channel < channels; channel++) {
    const from = (channel * piece.shape[1] + skip) * plane;
    data.set(piece.data.subarray(from, from + placed * plane), (channel * frames + at) * plane);
  }
  known.fill(true, at, at + placed);
  times.fill(noise, at, at + placed);
  return { kind: 'pins', space: like.space, shape: like.shape, data, known, noise: times };
}

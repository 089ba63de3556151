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
  const beside = pins?.beside ? { beside: pins.beside } : {};
  return { kind: 'pins', space: like.space, shape: like.shape, data, known, noise: times, ...beside };
}

/** How many latent frames of a piece are shown beside the clip; what follows them lies in it (LTX-Video). */
const mostBeside = 2;

/**
 * The same for models whose keyframes are shown beside the clip. `piece` is whole: its first latent frame stands for one
 * picture, and it begins with latent frame `at`'s last picture.
 */
export function placeKeyframes(about: {
  piece: Pick<LatentValue, 'data' | 'shape'>;
  at: number;
  noise: number;
  like: Pick<LatentValue, 'space' | 'shape'>;
  /** Pictures in a latent frame. */
  time: number;
  pins?: PinsValue;
}): PinsValue {
  const { piece, at, noise, like, time, pins } = about;
  const [channels, length, height, width] = piece.shape;
  // A piece that begins the clip is a part of it.
  if (at === 0) return placePins({ piece, skip: 0, at, noise, like, ...(pins ? { pins } : {}) });
  const count = Math.min(length, mostBeside);
  const plane = height * width;
  const beside = Array.from({ length: count }, (_, frame) => {
    const data = new Float32Array(channels * plane);
    for (let channel = 0; channel < channels; channel++) {
      const from = (channel * length + frame) * plane;
      data.set(piece.data.subarray(from, from + plane), channel * plane);
    }
    return { data, picture: at * time + Math.max(0, frame * time + 1 - time), noise };
  });
  const rest = placePins({ piece, skip: count, at: at + count, noise, like, ...(pins ? { pins } : {}) });
  return { ...rest, beside: [...(pins?.beside ?? []), ...beside] };
}

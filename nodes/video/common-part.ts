import type { MediaDoor } from '../machine';
import type { FramesValue } from '../values';
import { atRate, countAtRate } from './frame-rate';
import { repeated, slice } from './frame-stream';

export type Shape = Pick<FramesValue, 'width' | 'height' | 'count' | 'fps'>;

export interface CommonPart extends Shape {
  /** What is not the same in both, and how they are compared all the same: a sentence each. Empty when they fit. */
  says: string[];
}

/**
 * The part of two clips that can be held against each other: the smaller size, the lower rate, the first frames that both
 * have. A still stands beside every frame of the other.
 */
export function commonPart(a: Shape, b: Shape): CommonPart {
  const says: string[] = [];
  const small = a.width * a.height <= b.width * b.height ? a : b;
  const { width, height } = small;
  if (a.width !== b.width || a.height !== b.height) {
    const isOfOneShape = Math.abs((a.width * b.height) / (a.height * b.width) - 1) < 0.02;
    const cut = isOfOneShape ? '' : ' What hangs over is cut, since their shapes differ.';
    says.push(
      `A has ${a.width} × ${a.height} pixels and B ${b.width} × ${b.height}: both are compared at ${width} × ${height}.${cut}`,
    );
  }
  if (a.count === 1 || b.count === 1) {
    const film = a.count === 1 ? b : a;
    if (a.count !== b.count) {
      const [still, moving] = a.count === 1 ? ['A', 'B'] : ['B', 'A'];
      says.push(`${still} is a single picture: every frame of ${moving} is held against it.`);
    }
    return { width, height, count: film.count, fps: film.fps, says };
  }
  const fps = Math.min(a.fps, b.fps);
  if (Math.abs(a.fps - b.fps) > 0.001 * fps)
    says.push(
      `A shows ${rate(a.fps)} frames a second and B ${rate(b.fps)}: they are compared ${rate(fps)} times a second.`,
    );
  const [countA, countB] = [a, b].map((one) =>
    sameRate(one.fps, fps) ? one.count : countAtRate(one.count, one.fps, fps),
  );
  const count = Math.min(countA!, countB!);
  if (countA !== countB)
    says.push(
      `A lasts ${seconds(a)} s (${a.count} frames) and B ${seconds(b)} s (${b.count}): the first ${(count / fps).toFixed(1)} s are compared.`,
    );
  return { width, height, count, fps, says };
}

/** A clip brought to the common part, as a stream. What hangs over at the sides is cut evenly. */
export function broughtTo(part: Shape, clip: FramesValue, resize: MediaDoor['resize']): FramesValue {
  const { width, height, count, fps } = part;
  const timed =
    clip.count === 1
      ? { ...repeated(clip, count), fps }
      : slice(sameRate(clip.fps, fps) ? { ...clip, fps } : atRate(clip, fps), 0, count);
  return resize(timed, { width, height, fit: 'cover' });
}

const sameRate = (a: number, b: number) => Math.abs(a - b) <= 0.001 * b;
const rate = (fps: number) => String(Number(fps.toFixed(2)));
const seconds = ({ count, fps }: Shape) => (count / fps).toFixed(1);

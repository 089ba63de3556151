import type { LatentValue } from '../../../../nodes/values';
import type { FloatTensor } from '../../session';
import { frameOf } from './pieces';
import type { Box, PixelSource } from './pixel-source';
import { Scratch } from './scratch';
import { cutPlanes, cutTiles, joinTiles, type Planes, type Tiling } from './tiles';

type ClipShape = LatentValue['shape'];
type Clip = { data: Float32Array; shape: ClipShape };

/** Hears how much of a work is done, 0..1; ends it by throwing. */
export type Tell = (share: number) => Promise<void>;

/**
 * Decodes tile after tile, each over all frames and with memories of its own, and puts the films aside; then yields the
 * clip frame by frame, [1, 3, 1, height, width], each overwritten by the next. In memory: one tile's work and one frame.
 */
export async function* decodeInTiles(
  clip: Clip,
  about: {
    /** In latent pixels. */
    tiling: Tiling;
    /** Pixels of a latent pixel's side, and those that are folded into channels when tiles are blended. */
    scale: number;
    unit: number;
    decode(clip: Clip): AsyncIterable<FloatTensor>;
    /** Frames the clip will have, and who hears how much of all tiles is done, 0..1. */
    frames: number;
    tell?: Tell | undefined;
  },
): AsyncGenerator<FloatTensor> {
  const { tiling, scale, unit, decode, tell } = about;
  const [, frames, height, width] = clip.shape;
  const tiles = cutTiles({ height, width }, tiling);
  const scratch = await Scratch.open('short');
  try {
    const places: number[][] = [];
    let [end, count, done] = [0, 0, 0];
    const all = tiles.length * (tiles[0]?.length ?? 0) * about.frames;
    for (const row of tiles) {
      places.push([]);
      for (const box of row) {
        places.at(-1)!.push(end);
        const part = cutPlanes({ data: clip.data, height, width }, box);
        const plane = box.height * box.width * scale * scale;
        count = 0;
        for await (const piece of decode({ data: part, shape: [clip.shape[0], frames, box.height, box.width] })) {
          for (let frame = 0; frame < piece.shape[2]!; frame++) {
            await scratch.write(frameOf(piece, frame), end + 3 * plane * count++);
            await tell?.(++done / all);
          }
        }
        end += 3 * plane * count;
      }
    }
    const size = { height: height * scale, width: width * scale };
    const how = { side: tiling.side * scale, stride: tiling.stride * scale, unit };
    for (let frame = 0; frame < count; frame++) {
      const pictures: Planes[][] = [];
      for (const [i, row] of tiles.entries()) {
        pictures.push([]);
        for (const [j, box] of row.entries()) {
          const part = { height: box.height * scale, width: box.width * scale };
          const numbers = 3 * part.height * part.width;
          const data = new Float32Array(numbers);
          await scratch.read(data, places[i]![j]! + numbers * frame);
          pictures[i]!.push({ ...part, data });
        }
      }
      const data = joinTiles(pictures, size, how).map((x) => Math.max(-1, Math.min(1, x)));
      yield { data, shape: [1, 3, 1, size.height, size.width] };
    }
  } finally {
    await scratch.close();
  }
}

/** Encodes tile after tile, reading the source anew for each; latents are small enough to be held. */
export async function encodeInTiles(
  source: PixelSource,
  about: { tiling: Tiling; scale: number; encode(box: Box): Promise<Clip> },
): Promise<Clip> {
  const { tiling, scale, encode } = about;
  const tiles: Planes[][] = [];
  let [channels, frames] = [0, 0];
  for (const row of cutTiles(source, tiling)) {
    const done: Planes[] = [];
    for (const box of row) {
      const { data, shape } = await encode(box);
      [channels, frames] = shape;
      done.push({ data, height: shape[2], width: shape[3] });
    }
    tiles.push(done);
  }
  const size = { height: source.height / scale, width: source.width / scale };
  const how = { side: tiling.side / scale, stride: tiling.stride / scale, unit: 1 };
  return { data: joinTiles(tiles, size, how), shape: [channels, frames, size.height, size.width] };
}

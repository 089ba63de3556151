import { unpackPictures } from '../../../../nodes/condition/pictures';
import type { PinsValue } from '../../../../nodes/values';
import type { FloatTensor } from '../../session';
import { type Box, cropped, type PixelSource } from '../shared/pixel-source';
import { fromRgb8 } from '../shared/pixels';
import type { Picture } from './image-pixels';
import type { PictureStates } from './transformer-picture';

/** What a network with channels for known frames is shown beside the noisy clip. */
export interface KnownFrames {
  /** [mask + condition channels, frames, height, width]. */
  beside: Float32Array;
  picture?: PictureStates;
}

/** What turns pictures into that; both open their networks only while they work. */
export interface KnownFramesMakers {
  /** Frames of one latent frame, and pixels of a latent pixel's side. */
  time: number;
  scale: number;
  /** Normalised latents [channels, frames, height, width] of a whole clip. */
  encode(source: PixelSource): Promise<Float32Array>;
  /** Describes pictures, for models with an image encoder. */
  look?(pictures: readonly Picture[]): Promise<PictureStates>;
}

/**
 * The known pictures at their places in a clip that is otherwise grey, encoded as one, under a mask that says for each
 * frame whether it is known: `time` channels, one for each frame of a latent frame, where the single frame of the first
 * counts `time` times. As diffusers' WanImageToVideoPipeline makes it.
 */
export async function knownFrames(pins: PinsValue, makers: KnownFramesMakers): Promise<KnownFrames> {
  const { time, scale } = makers;
  const [, frames, height, width] = pins.shape;
  const pictures = unpackPictures(pins, time);
  const size = { width: width * scale, height: height * scale, count: (frames - 1) * time + 1 };
  const condition = await makers.encode(greyClip(pictures, size));
  const plane = height * width;
  const mask = new Float32Array(time * frames * plane);
  for (const at of pictures.keys()) {
    const frame = Math.ceil(at / time);
    const channels = at === 0 ? Array.from({ length: time }, (_, i) => i) : [(at - 1) % time];
    for (const channel of channels)
      mask.fill(1, (channel * frames + frame) * plane, (channel * frames + frame + 1) * plane);
  }
  const beside = new Float32Array(mask.length + condition.length);
  beside.set(mask);
  beside.set(condition, mask.length);
  const inOrder = [...pictures].sort(([a], [b]) => a - b).map(([, rgb]) => ({ rgb, ...size }));
  return { beside, ...(makers.look ? { picture: await makers.look(inOrder) } : {}) };
}

/** Grey frames (0 in -1..1, which no byte means exactly) but for the given ones. */
function greyClip(
  pictures: ReadonlyMap<number, Uint8Array>,
  size: { width: number; height: number; count: number },
): PixelSource {
  return {
    ...size,
    async *read(box: Box, length: number) {
      for (let from = 0; from < size.count; ) {
        const count = from === 0 ? 1 : Math.min(length, size.count - from);
        const shape = [1, 3, count, box.height, box.width];
        const piece: FloatTensor = { shape, data: new Float32Array(3 * count * box.height * box.width) };
        for (let frame = 0; frame < count; frame++) {
          const rgb = pictures.get(from + frame);
          if (rgb) fromRgb8(cropped(rgb, size.width, box), piece, frame);
        }
        yield piece;
        from += count;
      }
    },
  };
}

import type { LatentValue, ModelCard, PinsValue, WireType } from '../values';

/*
 * Models that take known frames as channels of their own encode the whole clip at once, known pictures and grey ones
 * together. Their known frames hence travel as pictures: clip-shaped, with a channel for every pixel of a latent pixel
 * (row by row), each number being 65536 red + 256 green + blue. The picture of latent frame 0 is the clip's first, that of
 * latent frame t the last of those it stands for.
 */

/** The space of known frames of such a model; others keep them as latents. */
export const pinSpaceOf = (card: ModelCard): string =>
  card.pinsBy === 'channels' ? `${card.latent.space}-pictures` : card.latent.space;

/** A model's wire as known frames must agree with it: same facts, their space. */
export const inPinSpace = (model: WireType | undefined, card: ModelCard | undefined): WireType | undefined =>
  model && card?.pinsBy ? { ...model, facts: { ...model.facts, space: pinSpaceOf(card) } } : model;

/** Channels of known frames: see `pinSpaceOf`. */
export const pinChannelsOf = ({ pinsBy, latent }: ModelCard): number =>
  pinsBy === 'channels' ? latent.scale ** 2 : latent.channels;

/** An RGB picture as one such frame: [scale², 1, height, width], sizes in latent pixels. */
export function packPicture(
  rgb: Uint8Array,
  size: { width: number; height: number; scale: number },
): Pick<LatentValue, 'data' | 'shape'> {
  const { width, height, scale } = size;
  const data = new Float32Array(scale * scale * height * width);
  eachPixel(size, (pixel, packed) => {
    data[packed] = 65536 * rgb[3 * pixel]! + 256 * rgb[3 * pixel + 1]! + rgb[3 * pixel + 2]!;
  });
  return { data, shape: [scale * scale, 1, height, width] };
}

/** The known pictures, by their number among the frames of the film. `time` frames make a latent frame. */
export function unpackPictures(pins: PinsValue, time: number): Map<number, Uint8Array> {
  const [channels, frames, height, width] = pins.shape;
  const scale = Math.sqrt(channels);
  const plane = height * width;
  const pictures = new Map<number, Uint8Array>();
  for (let frame = 0; frame < frames; frame++) {
    if (!pins.known[frame]) continue;
    const rgb = new Uint8Array(3 * channels * plane);
    eachPixel({ width, height, scale }, (pixel, packed) => {
      const [channel, place] = [Math.floor(packed / plane), packed % plane];
      const value = pins.data[(channel * frames + frame) * plane + place]!;
      rgb[3 * pixel] = value >> 16;
      rgb[3 * pixel + 1] = (value >> 8) & 255;
      rgb[3 * pixel + 2] = value & 255;
    });
    pictures.set(frame * time, rgb);
  }
  return pictures;
}

function eachPixel(
  { width, height, scale }: { width: number; height: number; scale: number },
  visit: (pixel: number, packed: number) => void,
): void {
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const channel = (y % scale) * scale + (x % scale);
      visit(y * width * scale + x, (channel * height + Math.floor(y / scale)) * width + Math.floor(x / scale));
    }
  }
}

import type { ImageProcessorConfig } from './image-encoder-config';

/** One picture: RGB, 8 bits each, row by row. */
export interface Picture {
  rgb: Uint8Array;
  width: number;
  height: number;
}

/**
 * A picture as CLIP wants it, [3, height, width]: shrunk or enlarged until its shorter side fits, the middle cut out,
 * normalised. The same bytes as Pillow's bicubic filter gives, which the towers were trained behind.
 */
export function imagePixels(picture: Picture, about: ImageProcessorConfig): Float32Array {
  const { crop_size: crop, image_mean: mean, image_std: deviation, rescale_factor: factor } = about;
  const sized = resizeBicubic(picture, targetOf(picture, about));
  if (sized.width < crop.width || sized.height < crop.height) {
    throw new Error(
      `The image processor cuts ${crop.width}x${crop.height} out of ${sized.width}x${sized.height}. Download the model's image_processor folder again.`,
    );
  }
  const top = Math.floor((sized.height - crop.height) / 2);
  const left = Math.floor((sized.width - crop.width) / 2);
  const plane = crop.height * crop.width;
  const pixels = new Float32Array(3 * plane);
  for (let y = 0; y < crop.height; y++) {
    for (let x = 0; x < crop.width; x++) {
      const from = 3 * ((top + y) * sized.width + left + x);
      for (let channel = 0; channel < 3; channel++) {
        const level = Math.fround(sized.rgb[from + channel]! * factor);
        pixels[channel * plane + y * crop.width + x] = (level - mean[channel]!) / deviation[channel]!;
      }
    }
  }
  return pixels;
}

function targetOf({ width, height }: Picture, { size }: ImageProcessorConfig): { width: number; height: number } {
  if (!('shortest_edge' in size)) return size;
  const [short, long] = width <= height ? [width, height] : [height, width];
  const other = Math.floor((size.shortest_edge * long) / short);
  return width <= height ? { width: size.shortest_edge, height: other } : { width: other, height: size.shortest_edge };
}

/** Pillow's filter of 8-bit pictures: bicubic with a = -1/2, widened when shrinking; weights in fixed point, rows first. */
export function resizeBicubic(picture: Picture, to: { width: number; height: number }): Picture {
  const across = passOf(picture.width, to.width);
  const wide = new Uint8ClampedArray(3 * to.width * picture.height);
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < to.width; x++) {
      const { from, weights } = across[x]!;
      for (let channel = 0; channel < 3; channel++) {
        let sum = half;
        for (let i = 0; i < weights.length; i++) {
          sum += weights[i]! * picture.rgb[3 * (y * picture.width + from + i) + channel]!;
        }
        wide[3 * (y * to.width + x) + channel] = Math.floor(sum / one);
      }
    }
  }
  const down = passOf(picture.height, to.height);
  const rgb = new Uint8ClampedArray(3 * to.width * to.height);
  const row = 3 * to.width;
  for (let y = 0; y < to.height; y++) {
    const { from, weights } = down[y]!;
    for (let i = 0; i < row; i++) {
      let sum = half;
      for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * wide[(from + tap) * row + i]!;
      rgb[y * row + i] = Math.floor(sum / one);
    }
  }
  return { rgb: new Uint8Array(rgb.buffer), ...to };
}

const one = 2 ** 22;
const half = one / 2;

/** For each pixel made: the first pixel it sees, and the weights of that one and those after it. */
function passOf(given: number, wanted: number): { from: number; weights: number[] }[] {
  const scale = given / wanted;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: wanted }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - 2 * stretch + 0.5));
    const to = Math.min(given, Math.trunc(centre + 2 * stretch + 0.5));
    const plain = Array.from({ length: to - from }, (_, tap) => bicubic((tap + from - centre + 0.5) / stretch));
    const total = plain.reduce((sum, weight) => sum + weight, 0);
    return { from, weights: plain.map((weight) => fixed(weight / total)) };
  });
}

const fixed = (weight: number): number => Math.trunc(weight * one + (weight < 0 ? -0.5 : 0.5));

function bicubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}

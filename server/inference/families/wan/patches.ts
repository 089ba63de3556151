import type { Grid } from './rope';

/** How a clip [channels, frames, height, width] is cut into patches of `rows` x `columns` latent pixels. */
export interface Patching {
  channels: number;
  grid: Grid;
  rows: number;
  columns: number;
}

/** Clip → tokens [N, channels * rows * columns]; inside a token the channel is slowest. Tokens run frame, row, column. */
export function patchify(clip: Float32Array, about: Patching): Float32Array {
  const tokens = new Float32Array(clip.length);
  walk(about, (inClip, token, channel, place) => {
    tokens[token * about.channels * place.count + channel * place.count + place.index] = clip[inClip]!;
  });
  return tokens;
}

/** Tokens → clip; here the channel is fastest inside a token (Wan's head is the other way round than its entrance). */
export function unpatchify(tokens: Float32Array, about: Patching): Float32Array {
  const clip = new Float32Array(tokens.length);
  walk(about, (inClip, token, channel, place) => {
    clip[inClip] = tokens[(token * place.count + place.index) * about.channels + channel]!;
  });
  return clip;
}

function walk(
  { channels, grid, rows, columns }: Patching,
  visit: (inClip: number, token: number, channel: number, place: { index: number; count: number }) => void,
): void {
  const [height, width] = [grid.rows * rows, grid.columns * columns];
  const place = { index: 0, count: rows * columns };
  for (let channel = 0; channel < channels; channel++) {
    for (let frame = 0; frame < grid.frames; frame++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const token = (frame * grid.rows + Math.floor(y / rows)) * grid.columns + Math.floor(x / columns);
          place.index = (y % rows) * columns + (x % columns);
          visit(((channel * grid.frames + frame) * height + y) * width + x, token, channel, place);
        }
      }
    }
  }
}

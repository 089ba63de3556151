import sharp from 'sharp';
import type { Preview } from '../../nodes/events';
import type { LatentValue, ModelCard } from '../../nodes/values';

/** Tiles in one picture at most, and the side a tile is smoothed up to, in pixels. */
const maxTiles = 32;
const tileSide = 64;
/** WebP ends at 16,383 pixels; stay well below. */
const maxWidth = 8192;

/**
 * A look at a latent clip without its VAE: each latent pixel goes through the model's linear map to RGB, and the latent
 * frames stand side by side in one small WebP. Null when the model has no such map. Long clips show evenly chosen frames.
 */
export async function previewOf(latent: LatentValue, map: ModelCard['preview']): Promise<Preview | null> {
  const [channels, count, height, width] = latent.shape;
  if (!map || map.weights.some((row) => row.length !== channels)) return null;
  const zoom = Math.max(1, Math.round(tileSide / Math.max(height, width)));
  const tile = { width: width * zoom, height: height * zoom };
  const frames = Math.max(1, Math.min(count, maxTiles, Math.floor(maxWidth / tile.width)));
  const row = tile.width * frames * 3;
  const pixels = new Uint8Array(row * tile.height);
  for (let index = 0; index < frames; index++) {
    const frame = frames === 1 ? 0 : Math.round((index * (count - 1)) / (frames - 1));
    const rgb = mapped(latent, frame, map);
    paint({ rgb, width, height, zoom }, { pixels, row, left: index * tile.width * 3 });
  }
  const image = await sharp(pixels, { raw: { width: tile.width * frames, height: tile.height, channels: 3 } })
    .webp({ quality: 80, effort: 1 })
    .toBuffer();
  return { url: `data:image/webp;base64,${image.toString('base64')}`, ...tile, frames };
}

/** One latent frame as three planes of values in [-1, 1]. */
function mapped(latent: LatentValue, frame: number, map: NonNullable<ModelCard['preview']>): Float32Array {
  const [channels, frames, height, width] = latent.shape;
  const plane = height * width;
  const rgb = new Float32Array(3 * plane);
  for (let color = 0; color < 3; color++) {
    const out = rgb.subarray(color * plane, (color + 1) * plane).fill(map.bias[color] ?? 0);
    for (let channel = 0; channel < channels; channel++) {
      const weight = map.weights[color]![channel]!;
      const from = (channel * frames + frame) * plane;
      for (let i = 0; i < plane; i++) out[i]! += weight * latent.data[from + i]!;
    }
  }
  return rgb;
}

/** Draws one tile, bilinear, its own edges repeated, so that neighbours do not bleed into each other. */
function paint(
  tile: { rgb: Float32Array; width: number; height: number; zoom: number },
  to: { pixels: Uint8Array; row: number; left: number },
): void {
  const { rgb, width, height, zoom } = tile;
  const plane = width * height;
  for (let y = 0; y < height * zoom; y++) {
    const [top, bottom, down] = between(y, zoom, height);
    for (let x = 0; x < width * zoom; x++) {
      const [left, right, along] = between(x, zoom, width);
      for (let color = 0; color < 3; color++) {
        const at = (line: number, column: number) => rgb[color * plane + line * width + column]!;
        const above = at(top, left) * (1 - along) + at(top, right) * along;
        const below = at(bottom, left) * (1 - along) + at(bottom, right) * along;
        const value = above * (1 - down) + below * down;
        to.pixels[y * to.row + to.left + x * 3 + color] = Math.max(0, Math.min(255, Math.round((value + 1) * 127.5)));
      }
    }
  }
}

/** The two source positions a target position lies between, and how far along. */
function between(at: number, zoom: number, size: number): [number, number, number] {
  const place = Math.max(0, Math.min(size - 1, (at + 0.5) / zoom - 0.5));
  const first = Math.floor(place);
  return [first, Math.min(size - 1, first + 1), place - first];
}

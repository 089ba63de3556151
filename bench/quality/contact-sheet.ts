import sharp, { type OverlayOptions } from 'sharp';
import { frameOf } from './clip-measures';
import type { Sample } from './text-figures';

const shape = { columns: 2, frames: 5, side: 96, label: 20, gap: 8 };

/** Writes the first samples as they came, unpicked: one strip of frames each, with the prompt above. */
export async function writeContactSheet(samples: readonly Sample[], file: string, most = 16): Promise<void> {
  const { columns, frames, side, label, gap } = shape;
  const shown = samples.slice(0, most);
  const [cellWidth, cellHeight] = [frames * side + gap, side + label + gap];
  const overlays: OverlayOptions[] = [];
  for (const [index, { clip, wanted }] of shown.entries()) {
    const [left, top] = [gap + (index % columns) * cellWidth, gap + Math.floor(index / columns) * cellHeight];
    // Pango markup. Prompts are words of a small grammar: nothing in them needs escaping.
    const text = `<span foreground="#333">${wanted.prompt}</span>`;
    overlays.push({ input: { text: { text, font: 'sans 9', rgba: true } }, left, top: top + 2 });
    for (let f = 0; f < frames; f++) {
      const frame = frameOf(clip, Math.round((f * (clip.frames - 1)) / (frames - 1)));
      const input = await sharp(frame.data, { raw: { width: clip.width, height: clip.height, channels: 3 } })
        .resize(side, side, { kernel: 'cubic' })
        .png()
        .toBuffer();
      overlays.push({ input, left: left + f * side, top: top + label });
    }
  }
  const rows = Math.ceil(shown.length / columns);
  const canvas = { width: gap + columns * cellWidth, height: gap + rows * cellHeight, channels: 3, background: '#fff' };
  await sharp({ create: { ...canvas, channels: 3 } })
    .composite(overlays)
    .png({ compressionLevel: 9 })
    .toFile(file);
}

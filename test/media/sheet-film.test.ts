import path from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { openFilm } from '../../server/media/decode';
import { encodeFilm } from '../../server/media/encode';
import { writeSheetFilm } from '../../server/media/sheet-film';
import { collect, frameGrey, patchAt, patchClip, patches, tempFolder } from './clips';

const folder = tempFolder();
const size = { width: 64, height: 48 };

async function film(format: 'mp4' | 'gif', { count, fps }: { count: number; fps: number }): Promise<string> {
  const file = path.join(folder, `${count}.${format}`);
  await encodeFilm({
    ...size,
    count,
    fps,
    frames: patchClip({ ...size, count, fps }).read(),
    crf: 8,
    loop: 0,
    format,
    file,
  });
  return file;
}

/** The part of a frame where a film lies. */
function cut(frame: Uint8Array, width: number, { x, y }: { x: number; y: number }): Uint8Array {
  const rows = Array.from({ length: 96 }, (_, row) => {
    const from = ((y + row) * width + x) * 3;
    return frame.subarray(from, from + 128 * 3);
  });
  return Buffer.concat(rows);
}

test('films of different length and rate on one sheet: each in its place, all from their first frame, the short one waiting at its end', async () => {
  const sheet = path.join(folder, 'sheet.png');
  await sharp({ create: { width: 301, height: 121, channels: 3, background: '#1e5aa0' } })
    .png()
    .toFile(sheet);
  const long = { film: await film('mp4', { count: 24, fps: 12 }), x: 11, y: 13, width: 128, height: 96 };
  const short = { film: await film('gif', { count: 6, fps: 10 }), x: 155, y: 13, width: 128, height: 96 };
  const file = path.join(folder, 'sheet.mp4');
  const made = await writeSheetFilm({
    sheet,
    width: 301,
    height: 121,
    places: [long, short],
    fps: 12,
    seconds: 2,
    file,
  });
  expect(made).toEqual({ width: 302, height: 122, frames: 24 });

  const read = await openFilm({ file, kind: 'mp4' });
  expect(read).toMatchObject({ width: 302, height: 122, count: 24, fps: 12 });
  const frames = await collect(read.read());
  const shape = { width: 128, height: 96 };
  for (const [index, frame] of frames.entries()) {
    const [left, right] = [long, short].map((at) => cut(frame, 302, at));
    for (const [patch, colour] of patches.entries())
      for (const one of [left!, right!])
        for (const channel of [0, 1, 2] as const)
          expect(Math.abs(patchAt(one, shape, patch)[channel] - colour[channel])).toBeLessThan(12);
    // One step of grey is 6.
    expect(Math.abs(patchAt(left!, shape, 11)[0] - frameGrey(index)), `frame ${index}`).toBeLessThan(3);
    const shown = Math.min(5, Math.round((index * 10) / 12));
    expect(Math.abs(patchAt(right!, shape, 11)[0] - frameGrey(shown)), `short, frame ${index}`).toBeLessThan(8);
  }
  // Between them is the sheet.
  const between = (20 * 302 + 146) * 3;
  expect([...frames[0]!.subarray(between, between + 3)].map((one, i) => Math.abs(one - [30, 90, 160][i]!) < 4)).toEqual(
    [true, true, true],
  );
});

import { existsSync, openAsBlob, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { benchMux } from '../../bench/media';
import { mp4Frames } from '../../nodes/embedded/mp4-frames';
import { graphInTags, readTags } from '../../nodes/embedded/read-tags';
import { emptyGraph } from '../../nodes/graph';
import { fileName, openMedia } from '../../server/media/door';
import { probeFilm } from '../../server/media/probe';
import { openBlobs } from '../../server/store/blobs';
import { collect, frameGrey, patchAt, patchClip, tempFolder } from './clips';

const blobs = openBlobs(path.join(tempFolder(), 'blobs'));
const graph = emptyGraph('A graph worth keeping');
const media = openMedia({ blobs, graph });
const shape = { width: 64, height: 48, count: 25, fps: 24 };
const scratch = () => (existsSync(path.join(blobs.folder, 'tmp')) ? readdirSync(path.join(blobs.folder, 'tmp')) : []);

/** Puts a picture of patches into the store, as an upload would. */
async function upload(change: (picture: Sharp) => Sharp): Promise<string> {
  const [frame] = await collect(patchClip({ ...shape, count: 1 }).read());
  const picture = sharp(frame!, { raw: { width: 64, height: 48, channels: 3 } });
  return (await blobs.write(await change(picture).toBuffer())).sha256;
}

describe('the media door', () => {
  test.each([
    ['mp4', 'video/mp4'],
    ['webm', 'video/webm'],
    ['gif', 'image/gif'],
    ['webp', 'image/webp'],
  ] as const)(
    'a %s lands in the store with its facts, holds its graph, and nothing else remains',
    async (format, mime) => {
      const film = await media.mux(patchClip(shape), { format, fps: 12.5, crf: 18, loop: 0, name: 'A day / at sea' });
      expect(film).toMatchObject({ kind: 'file', mime, width: 64, height: 48, frames: 25, seconds: 2 });
      expect(film.name).toBe(`A day - at sea.${format}`);
      expect(film.bytes).toBe(statSync(blobs.path(film.sha256)).size);
      expect((await blobs.read(film.sha256)).length).toBe(film.bytes);
      const found = graphInTags(await readTags(await openAsBlob(blobs.path(film.sha256))));
      expect(found.graph).toEqual(graph);
      expect(scratch()).toEqual([]);
    },
  );

  test('an mp4 counts its pictures as ffprobe does; cut short anywhere it has none', async () => {
    const { sha256 } = await media.mux(patchClip(shape), { format: 'mp4', fps: 24, crf: 18, loop: 0, name: 'clip' });
    const film = await openAsBlob(blobs.path(sha256));
    expect((await probeFilm(blobs.path(sha256), 'mp4')).frames).toBe(25);
    expect(await mp4Frames(film)).toBe(25);
    for (let bytes = 0; bytes < film.size; bytes += 13)
      expect(await mp4Frames(film.slice(0, bytes)), `${bytes}`).toBe(0);
    expect(await mp4Frames(film.slice(0, film.size - 1))).toBe(0);
  });

  test('what it wrote it can read: video, resized on the way', async () => {
    const film = await media.mux(patchClip(shape), { format: 'mp4', fps: 24, crf: 12, loop: 0, name: 'clip' });
    const clip = media.resize(await media.video(film.sha256), { width: 128, height: 96, fit: 'fill' });
    expect(clip).toMatchObject({ width: 128, height: 96, count: 25, fps: 24 });
    const frames = await collect(clip.read());
    expect(frames).toHaveLength(25);
    expect(Math.abs(patchAt(frames[7]!, clip, 11)[0] - frameGrey(7))).toBeLessThan(3);
  });

  test('a failing clip leaves neither film nor scratch', async () => {
    const before = readdirSync(blobs.folder).length;
    const clip = patchClip(shape, {
      before(index) {
        if (index === 10) throw new Error('The VAE gave up.');
      },
    });
    for (const format of ['mp4', 'webm', 'gif', 'webp'] as const)
      await expect(media.mux(clip, { format, fps: 24, crf: 18, loop: 0, name: 'x' })).rejects.toThrow(
        'The VAE gave up.',
      );
    expect(scratch()).toEqual([]);
    expect(readdirSync(blobs.folder)).toHaveLength(before);
  });

  test('a still is the frame that was asked for, with the graph inside, and the clip is let go', async () => {
    let closed = 0;
    const clip = patchClip({ ...shape, count: 1000 }, { onClose: () => closed++ });
    for (const format of ['png', 'webp', 'jpeg'] as const) {
      const still = await media.still(clip, { index: 9, format, name: 'frame' });
      expect(still).toMatchObject({ mime: `image/${format}`, width: 64, height: 48, frames: 1 });
      const image = await media.image(still.sha256);
      const [frame] = await collect(image.read());
      expect(Math.abs(patchAt(frame!, image, 11)[0] - frameGrey(9)), format).toBeLessThan(4);
      const found = graphInTags(await readTags(await openAsBlob(blobs.path(still.sha256))));
      if (format !== 'jpeg') expect(found.graph, format).toEqual(graph);
    }
    expect(closed).toBe(3);
    await expect(media.still(patchClip(shape), { index: 25, format: 'png', name: 'x' })).rejects.toThrow(
      /no frame 25: the clip has 25/,
    );
  });

  test('pictures of all kinds come as one upright RGB frame', async () => {
    const kinds: Record<string, (picture: Sharp) => Sharp> = {
      png: (picture) => picture.png(),
      grey: (picture) => picture.greyscale().png(),
      deep: (picture) => picture.toColourspace('rgb16').png(),
      alpha: (picture) => picture.ensureAlpha(0.999).png(),
      jpeg: (picture) => picture.jpeg({ quality: 95 }),
      cmyk: (picture) => picture.toColourspace('cmyk').jpeg(),
      avif: (picture) => picture.avif({ quality: 80 }),
      webp: (picture) => picture.webp(),
    };
    for (const [name, change] of Object.entries(kinds)) {
      const image = await media.image(await upload(change));
      expect(image, name).toMatchObject({ width: 64, height: 48, count: 1 });
      expect((await collect(image.read()))[0], name).toHaveLength(64 * 48 * 3);
    }
    const turned = await media.image(
      await upload((picture) => picture.jpeg({ quality: 95 }).withMetadata({ orientation: 6 })),
    );
    expect(turned).toMatchObject({ width: 48, height: 64 });
    // Turned a quarter to the right, the red patch of the upper left is at the upper right.
    const [red = 0, green = 0] = (await collect(turned.read()))[0]!.subarray((4 * 48 + 44) * 3);
    expect(red).toBeGreaterThan(200);
    expect(green).toBeLessThan(60);
  });

  test('transparency is laid over black', async () => {
    const clear = {
      create: { width: 8, height: 8, channels: 4, background: { r: 255, g: 255, b: 255, alpha: 0 } },
    } as const;
    const { sha256 } = await blobs.write(await sharp(clear).png().toBuffer());
    const [frame] = await collect((await media.image(sha256)).read());
    expect(Math.max(...frame!)).toBe(0);
  });

  test('cover crops evenly, contain pads with black, fill stretches', async () => {
    const wide = patchClip({ width: 96, height: 32, count: 1 });
    const at = async (fit: 'cover' | 'contain' | 'fill', x: number, y: number) => {
      const [frame] = await collect(media.resize(wide, { width: 32, height: 32, fit }).read());
      expect(frame).toHaveLength(32 * 32 * 3);
      return [...frame!.subarray((y * 32 + x) * 3, (y * 32 + x) * 3 + 3)];
    };
    expect(await at('contain', 16, 1)).toEqual([0, 0, 0]);
    const [r = 0, g = 255] = await at('fill', 3, 3);
    expect(r - g).toBeGreaterThan(200);
    const [coverRed = 255, coverGreen = 0] = await at('cover', 3, 3);
    expect(coverGreen - coverRed).toBeGreaterThan(200);
  });

  test('tensors come back bit for bit; a file of another kind is refused', async () => {
    const data = Float32Array.from({ length: 24 }, (_, i) => Math.fround(Math.sin(i) * 1e-3));
    const file = await media.saveTensors(
      { latent: { data, shape: [2, 3, 4] } },
      { name: 'clip', metadata: { space: 'a' } },
    );
    expect(file.name).toBe('clip.safetensors');
    const tensors = await media.tensors(file.sha256);
    expect(tensors.latent).toEqual({ data, shape: [2, 3, 4] });
    await expect(media.tensors(await upload((picture) => picture.png()))).rejects.toMatchObject({ name: 'MediaError' });
  });

  test('a file of the wrong kind says which node wants it; a missing or damaged one says so', async () => {
    const picture = await upload((one) => one.png());
    await expect(media.video(picture)).rejects.toThrow(/png file, not a video/);
    const film = await media.mux(patchClip(shape), { format: 'webm', fps: 24, crf: 30, loop: 0, name: 'clip' });
    await expect(media.image(film.sha256)).rejects.toThrow(/webm file, not a picture/);
    await expect(media.image('0'.repeat(64))).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    const file = blobs.path(picture);
    const bytes = await blobs.read(picture);
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(file, bytes);
    await expect(media.image(picture)).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
  });

  test('a gif stands as a picture too: its first frame', async () => {
    const film = await media.mux(patchClip(shape), { format: 'gif', fps: 10, crf: 0, loop: 0, name: 'clip' });
    const image = await media.image(film.sha256);
    expect(image).toMatchObject({ width: 64, height: 48, count: 1 });
    expect(await collect(image.read())).toHaveLength(1);
  });

  test('an animated webp is a film: whole, in part, and at another rate; one that stands still is a picture', async () => {
    const { sha256 } = await media.mux(patchClip(shape), { format: 'webp', fps: 12.5, crf: 0, loop: 0, name: 'clip' });
    const greys = async (options?: { fps?: number; start?: number; count?: number }) => {
      const clip = await media.video(sha256, options);
      const frames = await collect(clip.read());
      expect(frames).toHaveLength(clip.count);
      return [clip.fps, frames.map((frame) => patchAt(frame, clip, 11)[0])] as const;
    };
    const every = Array.from({ length: 25 }, (_, index) => frameGrey(index));
    const [fps, whole] = await greys();
    expect(fps).toBeCloseTo(12.5, 6);
    for (const [index, grey] of whole.entries()) expect(Math.abs(grey - every[index]!)).toBeLessThan(4);
    expect((await greys({ start: 3, count: 4 }))[1]).toEqual(whole.slice(3, 7));
    expect((await greys({ fps: 25, start: 10, count: 6 }))[1]).toEqual([5, 5, 6, 6, 7, 7].map((page) => whole[page]));
    expect((await greys({ fps: 2.5 }))[1]).toEqual([2, 7, 12, 17, 22].map((page) => whole[page]));
    await expect(media.video(sha256, { start: 25 })).rejects.toThrow(/25 frames.*none from 25 on/);
    expect(await media.image(sha256)).toMatchObject({ count: 1 });
    await expect(media.video(await upload((one) => one.webp()))).rejects.toThrow(/webp file, not a video/);
  });

  test('names of files are plain', () => {
    expect(fileName('../../etc/passwd', 'mp4')).toBe('etc-passwd.mp4');
    expect(fileName('film.mp4', 'mp4')).toBe('film.mp4');
    expect(fileName('\u202e\n', 'png')).toBe('clip.png');
    expect(fileName('Ein Tag am Meer – 日本', 'webm')).toBe('Ein Tag am Meer - 日本.webm');
  });

  test('memory does not grow with the number of frames', async () => {
    const hd = { format: 'mp4', width: 1280, height: 720 } as const;
    const short = await benchMux({ ...hd, frames: 8 });
    const long = await benchMux({ ...hd, frames: 80 });
    // Held frames would add 2.6 MB each.
    expect(long.peakRssMb - short.peakRssMb).toBeLessThan(80);
    expect(long.peakRssMb).toBeLessThan(400);
  });
});

import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { readTags } from '../../nodes/embedded/read-tags';
import { openFilm } from '../../server/media/decode';
import { encodeFilm, type Film } from '../../server/media/encode';
import { probeFilm } from '../../server/media/probe';
import { tagText } from '../../server/media/tags';
import { collect, frameGrey, patchAt, patchClip, patches, tempFolder } from './clips';

const folder = tempFolder();
let serial = 0;

async function write(format: Film['format'], about: Partial<Film> = {}) {
  const { width = 64, height = 48, count = 30, fps = 24 } = about;
  const file = path.join(folder, `${serial++}.${format}`);
  const { frames } = { frames: patchClip({ width, height, count, fps }).read(), ...about };
  const size = await encodeFilm({ crf: 12, loop: 0, ...about, frames, width, height, count, fps, format, file });
  return { file, size };
}

/** Pictures, milliseconds and plays of an animated WebP, counted chunk by chunk. */
function webpTimes(file: string) {
  const bytes = readFileSync(file);
  const times: number[] = [];
  let plays = -1;
  for (let at = 12; at < bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    if (name === 'ANIM') plays = bytes.readUInt16LE(at + 12);
    if (name === 'ANMF') times.push(bytes.readUIntLE(at + 8 + 12, 3));
    at += 8 + size + (size % 2);
  }
  return { times, plays, riffSize: bytes.readUInt32LE(4) + 8, fileSize: bytes.length };
}

describe('films', () => {
  test.each(['mp4', 'webm', 'gif'] as const)(
    '%s keeps every frame in its place, the rate, and the colours',
    async (format) => {
      const { file, size } = await write(format);
      expect(size).toEqual({ width: 64, height: 48 });
      const film = await openFilm({ file, kind: format });
      expect(film).toMatchObject({ width: 64, height: 48, count: 30, fps: 24 });
      const frames = await collect(film.read());
      expect(frames).toHaveLength(30);
      for (const [index, frame] of frames.entries()) {
        // One step of grey is 6: a frame in the wrong place is seen.
        expect(Math.abs(patchAt(frame, film, 11)[0] - frameGrey(index)), `frame ${index}`).toBeLessThan(3);
        for (const [patch, colour] of patches.entries()) {
          const found = patchAt(frame, film, patch);
          const off = Math.max(...found.map((value, channel) => Math.abs(value - colour[channel]!)));
          expect(off, `patch ${patch} of frame ${index}: ${found}`).toBeLessThanOrEqual(3);
        }
      }
    },
  );

  test('webp keeps every frame, also equal ones, and no rounding of its milliseconds adds up', async () => {
    const { file } = await write('webp', { fps: 24, count: 49, loop: 3 });
    const { times, plays, riffSize, fileSize } = webpTimes(file);
    expect(times).toHaveLength(49);
    expect(times.reduce((sum, time) => sum + time, 0)).toBe(Math.round((49 / 24) * 1000));
    expect(plays).toBe(3);
    expect(riffSize).toBe(fileSize);
    const about = await sharp(file).metadata();
    expect(about).toMatchObject({ format: 'webp', pages: 49, width: 64 });
    const last = await sharp(file, { page: 48 }).removeAlpha().raw().toBuffer();
    expect(Math.abs(patchAt(last, { width: 64, height: 48 }, 11)[0] - frameGrey(48))).toBeLessThan(6);
  });

  test.each(['mp4', 'webm', 'gif'] as const)(
    '%s of pictures that never change still has all of them',
    async (format) => {
      const still = patchClip({ width: 64, height: 48, count: 1 });
      const [frame] = await collect(still.read());
      async function* same() {
        for (let index = 0; index < 40; index++) yield Uint8Array.from(frame!);
      }
      const { file } = await write(format, { frames: same(), count: 40, fps: 16 });
      expect(await probeFilm(file, format)).toMatchObject({ frames: 40, fps: 16, seconds: expect.closeTo(2.5, 2) });
    },
  );

  test('mp4 is meant for players: H.264, bt709 said and used, the index in front', async () => {
    const { file } = await write('mp4');
    expect(await probeFilm(file, 'mp4')).toMatchObject({ codec: 'h264', matrix: 'bt709', steady: true });
    const bytes = readFileSync(file).toString('latin1');
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
  });

  test('odd sizes: mp4 repeats the last column and row, the others keep them', async () => {
    for (const format of ['mp4', 'webm', 'gif'] as const) {
      const { file, size } = await write(format, { width: 63, height: 47, count: 5 });
      const expected = format === 'mp4' ? { width: 64, height: 48 } : { width: 63, height: 47 };
      expect(size).toEqual(expected);
      expect(await probeFilm(file, format)).toMatchObject({ ...expected, frames: 5 });
    }
    const { file } = await write('mp4', { width: 63, height: 47, count: 2 });
    const [frame] = await collect((await openFilm({ file, kind: 'mp4' })).read());
    // The right edge of the last patch in the first row is yellow, and no black line was added.
    const corner = frame!.subarray((5 * 64 + 63) * 3, (5 * 64 + 63) * 3 + 3);
    expect(corner[0]).toBeGreaterThan(240);
    expect(corner[1]).toBeGreaterThan(240);
  });

  test('a film of one frame, and rates of television', async () => {
    for (const format of ['mp4', 'webm', 'gif', 'webp'] as const)
      expect(existsSync((await write(format, { count: 1 })).file)).toBe(true);
    const { file } = await write('mp4', { fps: 23.976 });
    expect((await probeFilm(file, 'mp4')).fps).toBeCloseTo(24000 / 1001, 6);
  });

  test('a gif is played as often as asked', async () => {
    const netscape = (file: string) => {
      const at = readFileSync(file).indexOf('NETSCAPE2.0');
      return at < 0 ? null : readFileSync(file).readUInt16LE(at + 13);
    };
    expect(netscape((await write('gif', { loop: 0, count: 3 })).file)).toBe(0);
    expect(netscape((await write('gif', { loop: 1, count: 3 })).file)).toBeNull();
    expect(netscape((await write('gif', { loop: 4, count: 3 })).file)).toBe(3);
  });

  test('a long gif goes through the spool and has the same frames', async () => {
    const { file } = await write('gif', { count: 210, fps: 25 });
    const film = await openFilm({ file, kind: 'gif' });
    expect(film).toMatchObject({ count: 210, fps: 25 });
    const frames = await collect(film.read());
    expect(Math.abs(patchAt(frames[200]!, film, 11)[0] - frameGrey(200))).toBeLessThan(5);
  });

  test('the same frames give the same bytes', async () => {
    for (const format of ['mp4', 'webm', 'gif', 'webp'] as const) {
      const [one, two] = [await write(format, { tag: '{}' }), await write(format, { tag: '{}' })];
      expect(readFileSync(one.file).equals(readFileSync(two.file)), format).toBe(true);
    }
  });

  test('the graph comes back from every format, letter by letter, also a long one', async () => {
    const graph = {
      says: 'naïve ½ 日本語 \u{1F600} "=;#\\" \n\t end',
      long: Array.from({ length: 9000 }, (_, i) => `node ${i};`),
    };
    for (const format of ['mp4', 'webm', 'gif', 'webp'] as const) {
      const { file } = await write(format, { count: 3, tag: tagText(graph) });
      const words = (await readTags(await openAsBlob(file))).get('skein');
      expect(JSON.parse(words ?? 'null'), format).toEqual({ schema: 1, graph });
    }
  });

  test('what cannot be is refused with a sentence, and nothing is left in the folder', async () => {
    const before = readdirSync(folder);
    await expect(write('gif', { fps: 60 })).rejects.toThrow(/at most 50 pictures a second/);
    await expect(write('webp', { width: 20_000, height: 8, count: 1 })).rejects.toThrow(/no side may exceed 16383/);
    const short = patchClip({ width: 64, height: 48, count: 5 });
    for (const format of ['mp4', 'webm', 'gif', 'webp'] as const) {
      await expect(write(format, { frames: short.read(), count: 6 })).rejects.toThrow(/promised 6 frames and gave 5/);
      const small = patchClip({ width: 32, height: 48, count: 5 });
      await expect(write(format, { frames: small.read(), count: 5 })).rejects.toThrow(/Frame 0 has 4608 bytes/);
    }
    expect(readdirSync(folder)).toEqual(before);
  });
});

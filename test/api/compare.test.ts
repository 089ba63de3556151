import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LatentValue } from '../../nodes/values';
import { pairFigures } from '../../nodes/video/measure-clips';
import { callerFor } from '../../server/api/root';
import { openAnimation } from '../../server/media/animation';
import { encodeFilm } from '../../server/media/encode';
import { writeWebp } from '../../server/media/webp-film';
import { localViewer } from '../../server/store/database';
import { collect, patchClip, patchFrame, tempFolder } from '../media/clips';
import { type LocalServer, openLocalServer } from './local-server';

let server: LocalServer;
let api: ReturnType<typeof callerFor>;
const folder = tempFolder();
beforeAll(async () => {
  server = await openLocalServer();
  api = callerFor({ viewer: localViewer, services: server.services });
}, 120_000);
afterAll(() => server.close());

async function sent(name: string, bytes: Uint8Array): Promise<{ id: string; sha256: string }> {
  return (await server.upload(bytes, name)).json();
}

async function film(about: { width: number; height: number; count: number; fps: number }) {
  const file = path.join(folder, `${about.width}-${about.count}.mp4`);
  await encodeFilm({ ...about, format: 'mp4', crf: 1, loop: 0, frames: patchClip(about).read(), file });
  return sent('film.mp4', fs.readFileSync(file));
}

/** Asks as the page does until there is an end. */
async function end<T extends { state: string }>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const state = await ask();
    if (state.state !== 'waiting' && state.state !== 'working') return state;
    await new Promise((resume) => setTimeout(resume, 30));
  }
}

describe('two films', () => {
  test('are measured elsewhere, told how they fit, and remembered by their digests', async () => {
    const [a, b] = [
      await film({ width: 64, height: 48, count: 9, fps: 8 }),
      await film({ width: 96, height: 72, count: 5, fps: 8 }),
    ];
    const ask = () => api.compare.films({ a: a.id, b: b.id });
    expect((await ask()).state).toBe('waiting');
    const done = await end(ask);
    if (done.state !== 'done') throw new Error(JSON.stringify(done));
    const { part, measures } = done.result;
    expect(part).toMatchObject({ width: 64, height: 48, count: 5, fps: 8 });
    expect(part.says).toHaveLength(2);
    expect(measures.pair!.square).toHaveLength(5);
    const { psnr, ssim } = pairFigures(measures.pair!);
    expect(psnr).toBeGreaterThan(22);
    expect(psnr).toBeLessThan(50);
    expect(ssim).toBeGreaterThan(0.8);
    // The second time nothing is measured: it is there with the first answer.
    expect(await ask()).toEqual(done);
  }, 60_000);

  test('an animated WebP is a film like any other', async () => {
    const about = { width: 48, height: 36, count: 7, fps: 8 };
    const file = path.join(folder, 'film.webp');
    await writeWebp({ ...about, quality: 100, loop: 0, frames: patchClip(about).read(), file });
    const animation = await openAnimation(file);
    expect(animation).toMatchObject(about);
    const frames = await collect(animation.read());
    expect(frames.map((frame) => Buffer.from(frame).equals(patchFrame(48, 36, frames.indexOf(frame))))).toEqual(
      new Array(7).fill(true),
    );
    const webp = await sent('film.webp', fs.readFileSync(file));
    const done = await end(() => api.compare.films({ a: webp.id, b: webp.id }));
    expect(done).toMatchObject({ state: 'done', result: { part: about } });
    await fs.promises.writeFile(file, fs.readFileSync(file).subarray(0, 900));
    await expect(openAnimation(file)).rejects.toThrow(/damaged/);
  }, 60_000);

  test('a picture is held against every frame; one that has gone from the disk, or was never there, is named', async () => {
    const a = await film({ width: 64, height: 48, count: 3, fps: 8 });
    const raw = { width: 64, height: 48, channels: 3 } as const;
    const b = await sent(
      'first.png',
      await sharp(patchFrame(64, 48, 0), { raw })
        .png()
        .toBuffer(),
    );
    const done = await end(() => api.compare.films({ a: a.id, b: b.id }));
    if (done.state !== 'done') throw new Error(JSON.stringify(done));
    const { square } = done.result.measures.pair!;
    expect(square).toHaveLength(3);
    // The film walks away from its first frame.
    expect(square[2]).toBeGreaterThan(square[0]!);
    expect(done.result.part.says[0]).toMatch(/^B is a single picture/);

    fs.rmSync(server.services.cache.files.path(b.sha256));
    const gone = await api.compare.films({ a: b.id, b: a.id });
    expect(gone).toEqual({ state: 'failed', says: 'A, first.png, is no longer on disk. Upload it again.' });
    const never = { a: a.id, b: '0'.repeat(32) };
    await expect(api.compare.films(never)).rejects.toThrow(/^B is not there any more/);
  }, 60_000);

  test('what cannot be measured is said, and tried anew when asked anew', async () => {
    const a = await film({ width: 64, height: 48, count: 3, fps: 8 });
    const b = await sent('tone.safetensors', tensors());
    const ask = () => api.compare.films({ a: a.id, b: b.id });
    expect(await end(ask)).toMatchObject({ state: 'failed', says: expect.stringMatching(/^B is a safetensors file/) });
    expect((await ask()).state).toBe('waiting');
  }, 60_000);
});

test('latents of the cache are read and told apart elsewhere; uploads have none', async () => {
  const { cache, comparisons, home } = server.services;
  const settle = (fingerprint: string, value: number) => {
    const data = new Float32Array(2 * 3 * 4).fill(value);
    const clip: LatentValue = { kind: 'latent', space: 'wan', shape: [2, 3, 2, 2], data };
    const signal = new AbortController().signal;
    return cache.settle({ fingerprint, type: 'denoiser', work: 'none', seconds: 9, values: { clip }, signal });
  };
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)].map((fingerprint) => ({ fingerprint, port: 'clip' }));
  await Promise.all([settle(a!.fingerprint, 1), settle(b!.fingerprint, 1.5)]);
  const done = await end(() => comparisons.latents(home, a!, b!));
  expect(done).toEqual({ state: 'done', result: { distance: [0.5, 0.5, 0.5] } });
  const upload = await film({ width: 64, height: 48, count: 3, fps: 8 });
  const none = await api.compare.latents({ a: upload.id, b: upload.id });
  expect(none).toMatchObject({ state: 'failed', says: expect.stringMatching(/^A was uploaded/) });
}, 60_000);

/** The least safetensors file: one number. */
function tensors(): Uint8Array {
  const head = JSON.stringify({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } });
  const bytes = Buffer.alloc(8 + head.length + 4);
  bytes.writeBigUInt64LE(BigInt(head.length));
  bytes.write(head, 8);
  return bytes;
}

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveThumb } from '../../server/api/serve-thumb';
import { PictureReaders, pictureLimits } from '../../server/media/picture-process';
import { Thumbs } from '../../server/media/thumbs';
import { getAsset } from '../../server/store/assets';
import { localViewer } from '../../server/store/database';
import { type LocalServer, openLocalServer } from '../api/local-server';
import { tempFolder } from '../media/clips';
import { until } from '../queue/stage';
import { flatPng, gif, iccJpeg, iccPng, tallPng, textPng, truncatedJpeg, webp } from './bombs';

let server: LocalServer;
beforeAll(async () => {
  server = await openLocalServer();
});
afterAll(() => server.close());

/** The most memory a process has ever held, in bytes. */
const peak = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** A limit of time holds in one try of three: that other work delays us is not the picture's doing. */
async function inTime(tryOnce: () => Promise<boolean>): Promise<void> {
  for (let left = 3; left > 0; left--) if (await tryOnce()) return;
  throw new Error('It took longer than allowed, three times.');
}

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
const tiff = async () =>
  sharp(await flatPng(30, 30))
    .tiff()
    .toBuffer();

const bombs: [string, () => Buffer | Promise<Buffer>, string, RegExp][] = [
  ['a flat PNG of 17,000²', () => flatPng(17_000, 17_000), 'too-large', /50 million pixels/],
  ['a PNG of 1 x 4,000,000,000', () => tallPng(4_000_000_000), 'broken|too-large|unsupported', /pixels|damaged|open/],
  ['a GIF of 10,000 pictures', () => gif(10_000), 'too-large', /10000 pictures/],
  ['a WebP of 10,000 pictures', () => webp(10_000), 'too-large', /10000 pictures/],
  ['a PNG whose profile unfolds to 300 MB', () => iccPng(300e6), 'too-large', /profile/],
  ['a PNG whose profile unfolds to 50 MB', () => iccPng(50e6), 'too-large', /profile/],
  ['a PNG whose comment unfolds to 300 MB', () => textPng(300e6), 'too-large', /profile or a text/],
  ['a JPEG with a profile of 16 MB', iccJpeg, 'too-large|broken', /profile|damaged/],
  ['a TIFF called PNG', tiff, 'unsupported', /TIFF/],
  ['an SVG called PNG', () => Buffer.from(svg), 'unsupported', /SVG/],
  ['a JPEG cut short', truncatedJpeg, 'broken', /damaged/],
];

describe('S31 a picture that would fill the memory is refused outside the web process', () => {
  // Started before: what is measured is the picture, not the start of a process.
  beforeAll(async () => {
    expect((await server.upload(await flatPng(40, 30), 'good.png')).status).toBe(201);
  });

  const made = new Map<string, Buffer>();
  const patience = { timeout: 120_000 };

  test.each(bombs)('%s', patience, async (what, make, code, says) => {
    const file = await make();
    made.set(what, file);
    await inTime(async () => {
      const begun = performance.now();
      const answer = await server.upload(file, 'bomb.png', 'image/png');
      const took = performance.now() - begun;
      expect([413, 415]).toContain(answer.status);
      const refusal = (await answer.json()) as { error: string; code: string };
      expect(refusal.error).toMatch(says);
      expect(refusal.code).toMatch(new RegExp(`^(${code})$`));
      expect(refusal.error).not.toContain(server.home);
      for (const pid of server.services.pictures.pids()) expect(peak(pid)).toBeLessThan(400e6);
      return took < 2000;
    });
  });

  test('20 at once: the API goes on answering', patience, async () => {
    const files = [...made.values()];
    expect(files.length).toBe(bombs.length);
    await inTime(async () => {
      let isOver = false;
      const all = Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const { status } = await server.upload(files[index % files.length] ?? files[0]!, 'bomb.png');
          expect([413, 415]).toContain(status);
        }),
      ).finally(() => {
        isOver = true;
      });
      const waits: number[] = [];
      while (!isOver) {
        const begun = performance.now();
        expect((await server.procedure('graphs.list', undefined)).status).toBe(200);
        waits.push(performance.now() - begun);
      }
      await all;
      expect(server.services.pictures.pids().length).toBeLessThanOrEqual(pictureLimits.processes);
      for (const pid of server.services.pictures.pids()) expect(peak(pid)).toBeLessThan(400e6);
      waits.sort((a, b) => a - b);
      return (waits[Math.floor(waits.length * 0.95)] ?? 0) < 250;
    });
  });

  test('pictures as people have them are taken: turned, see-through, with a profile, animated, of 45 million pixels', async () => {
    const profiled = await sharp(await flatPng(50, 40))
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const turned = await sharp(await flatPng(50, 40))
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const clear = await sharp({ create: { width: 50, height: 40, channels: 4, background: '#0008' } })
      .png({ progressive: true })
      .toBuffer();
    const large = await sharp(await flatPng(8200, 5500))
      .jpeg({ progressive: true })
      .toBuffer();
    const sizes: [Buffer, number, number][] = [
      [profiled, 50, 40],
      [turned, 40, 50],
      [clear, 50, 40],
      [await webp(24), 1, 1],
      [gif(24), 1, 1],
      [large, 8200, 5500],
    ];
    for (const [bytes, width, height] of sizes) {
      const answer = await server.upload(bytes, 'a.png');
      expect(await answer.json()).toMatchObject({ width, height });
    }
  });
});

test('the web process has no decoder of pictures in it', () => {
  const script = `
    for (const name of ['handle-assets', 'handle-trpc', 'open-services']) await import('./server/api/' + name + '.ts');
    console.log(JSON.stringify(process.report.getReport().sharedObjects));`;
  const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  // Something was loaded, and libvips is not among it.
  expect(String(stdout)).toMatch(/libc\.|libSystem|kernel32/);
  expect(String(stdout)).not.toMatch(/vips|sharp/);
});

test('a small picture that cannot be had says whether that is the file’s doing, the moment’s or ours', async () => {
  const { services } = server;
  const stored = await server.upload(await flatPng(70, 50), 'a.png');
  const asset = await getAsset(services.db, localViewer, ((await stored.json()) as { id: string }).id);
  const file = services.cache.files.path(asset!.sha256);
  const ask = async (limits = pictureLimits) => {
    const pictures = new PictureReaders(limits);
    const answer = await serveThumb(asset!, { ...services, thumbs: new Thumbs(pictures) });
    pictures.close();
    return { status: answer.status, ...((answer.ok ? {} : await answer.json()) as { code?: string; error?: string }) };
  };
  expect(await ask()).toEqual({ status: 200 });
  const notUp = { status: 503, code: 'busy', error: expect.stringContaining('Try again later') };
  expect(await ask({ ...pictureLimits, startSeconds: 0.001 })).toEqual(notUp);
  expect(await ask({ ...pictureLimits, waiting: 0 })).toMatchObject({ status: 503, code: 'busy' });

  fs.rmSync(file);
  fs.writeFileSync(file, await truncatedJpeg());
  expect(await ask()).toMatchObject({ status: 415, code: 'broken', error: expect.stringContaining('damaged') });
  fs.writeFileSync(file, svg);
  expect(await ask()).toMatchObject({ status: 415, code: 'unsupported' });
});

describe('a process that decodes pictures', () => {
  const put = async (name: string, bytes: Uint8Array | Promise<Uint8Array>) => {
    const file = `${tempFolder()}/${name}`;
    fs.writeFileSync(file, await bytes);
    return file;
  };

  test('that takes too long is killed, and so is one that runs out of memory; the next picture gets a fresh one', async () => {
    const file = await put('large', flatPng(6000, 6000));
    const slow = new PictureReaders({ ...pictureLimits, seconds: 0.05 });
    await expect(slow.look(file, 'png')).rejects.toMatchObject({ fault: 'slow', message: /longer than/ });
    expect(slow.pids()).toEqual([]);
    slow.close();

    const narrow = new PictureReaders({ ...pictureLimits, memoryBytes: 200e6, processes: 1 });
    const interlaced = await put(
      'interlaced',
      sharp({ create: { width: 7000, height: 7000, channels: 4, background: '#0123' } })
        .png({ progressive: true })
        .toBuffer(),
    );
    await expect(narrow.look(interlaced, 'png')).rejects.toMatchObject({ fault: 'too-large', message: /memory/ });
    const small = await put('small', flatPng(20, 10));
    expect(await narrow.look(small, 'png')).toMatchObject({ width: 20, height: 10 });
    narrow.close();
  });

  test('ends by itself when nothing comes, gives way after its share, and is told nothing secret', async () => {
    process.env['SKEIN_TOKEN'] = 'a-secret-that-nobody-tells';
    const readers = new PictureReaders({ ...pictureLimits, idleSeconds: 0.3, pictures: 2, processes: 1 });
    const file = await put('small', flatPng(20, 10));
    await readers.look(file, 'png');
    const [first] = readers.pids();
    const environment = fs.readFileSync(`/proc/${first}/environ`, 'utf8');
    delete process.env['SKEIN_TOKEN'];
    expect(environment).not.toContain('a-secret-that-nobody-tells');
    await readers.look(file, 'png');
    await readers.look(file, 'png');
    expect(readers.pids()).not.toContain(first);
    await until(() => readers.pids().length === 0, 5000);
    readers.close();
  });

  test('has a queue with an end, and a request that has gone is not worked for', async () => {
    const readers = new PictureReaders({ ...pictureLimits, processes: 1, waiting: 1 });
    const file = await put('small', flatPng(20, 10));
    const gone = new AbortController();
    const asked = [readers.look(file, 'png'), readers.look(file, 'png', gone.signal), readers.look(file, 'png')];
    gone.abort(new Error('gone'));
    const answers = await Promise.allSettled(asked);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(answers[1]).toMatchObject({ reason: { message: 'gone' } });
    expect(answers[2]).toMatchObject({ reason: { fault: 'busy' } });
    readers.close();
  });
});

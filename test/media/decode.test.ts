import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openFilm } from '../../server/media/decode';
import { encodeFilm } from '../../server/media/encode';
import { requireFfmpeg } from '../../server/media/ffmpeg';
import type { UploadKind } from '../../server/media/sniff';
import { collect, ffmpegChildren, frameGrey, patchAt, patchClip, tempFolder } from './clips';

const folder = tempFolder();
const { ffmpeg } = await requireFfmpeg();
const shape = { width: 64, height: 48, count: 60, fps: 24 };
const film = { mp4: path.join(folder, 'film.mp4'), webm: path.join(folder, 'film.webm') };
const greys = (frames: Uint8Array[], size = shape) => frames.map((frame) => patchAt(frame, size, 11)[0]);
const close = (found: number[], wanted: number[]) => {
  expect(found).toHaveLength(wanted.length);
  for (const [index, value] of found.entries()) expect(Math.abs(value - wanted[index]!), `${found}`).toBeLessThan(3);
};
const span = (from: number, count: number, step = 1) =>
  Array.from({ length: count }, (_, i) => frameGrey(from + i * step));

beforeAll(async () => {
  for (const format of ['mp4', 'webm'] as const)
    await encodeFilm({ ...shape, frames: patchClip(shape).read(), format, crf: 12, loop: 0, file: film[format] });
});

describe('reading films', () => {
  test.each(['mp4', 'webm'] as const)('%s: a part begins and ends exactly where asked', async (kind) => {
    const part = await openFilm({ file: film[kind], kind }, { start: 17, count: 9 });
    expect(part.count).toBe(9);
    close(greys(await collect(part.read())), span(17, 9));
    const tail = await openFilm({ file: film[kind], kind }, { start: 55, count: 100 });
    close(greys(await collect(tail.read())), span(55, 5));
  });

  test('another rate takes every other frame, or repeats them', async () => {
    const half = await openFilm({ file: film.mp4, kind: 'mp4' }, { fps: 12 });
    expect(half).toMatchObject({ count: 30, fps: 12 });
    const found = greys(await collect(half.read()));
    expect(found).toHaveLength(30);
    for (let index = 1; index < 15; index++) expect(found[index]! - found[index - 1]!).toBeGreaterThan(8);
    const double = await openFilm({ file: film.mp4, kind: 'mp4' }, { fps: 48 });
    expect(await collect(double.read())).toHaveLength(120);
  });

  test('it can be read again from the first frame', async () => {
    const clip = await openFilm({ file: film.mp4, kind: 'mp4' }, { count: 3 });
    const [first, again] = [await collect(clip.read()), await collect(clip.read())];
    expect(greys(first)).toEqual(greys(again));
  });

  test('a reader that stops early ends ffmpeg, and so does cancelling', async () => {
    const clip = await openFilm({ file: film.mp4, kind: 'mp4' });
    for await (const _ of clip.read()) break;
    expect(ffmpegChildren()).toEqual([]);
    const cancel = new AbortController();
    const reason = new Error('The run was cancelled.');
    const other = await openFilm({ file: film.mp4, kind: 'mp4', signal: cancel.signal });
    const reading = async () => {
      for await (const _ of other.read()) cancel.abort(reason);
    };
    await expect(reading()).rejects.toBe(reason);
    expect(ffmpegChildren()).toEqual([]);
  });

  test('a part that is not there is refused with what there is', async () => {
    await expect(openFilm({ file: film.mp4, kind: 'mp4' }, { start: 60 })).rejects.toThrow(
      /has 60 frames at 24 per second/,
    );
  });

  test('pictures come upright and with square pixels', async () => {
    const turned = path.join(folder, 'turned.mp4');
    execFileSync(ffmpeg, ['-v', 'error', '-i', film.mp4, '-metadata:s:v', 'rotate=90', '-c', 'copy', turned]);
    const upright = await openFilm({ file: turned, kind: 'mp4' }, { count: 1 });
    expect(upright).toMatchObject({ width: 48, height: 64 });
    expect((await collect(upright.read()))[0]).toHaveLength(48 * 64 * 3);
    const wide = path.join(folder, 'wide.mp4');
    execFileSync(ffmpeg, ['-v', 'error', '-i', film.mp4, '-vf', 'setsar=2', '-c:v', 'libx264', wide]);
    expect(await openFilm({ file: wide, kind: 'mp4' })).toMatchObject({ width: 128, height: 48 });
  });

  test('films of other programs: unlabelled, full range, ten bits, RGB come in their true colours', async () => {
    const kinds = {
      unlabelled: ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'],
      full: ['-vf', 'scale=out_range=pc', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-color_range', 'pc'],
      tenBits: ['-c:v', 'libx264', '-pix_fmt', 'yuv420p10le'],
      rgb: ['-c:v', 'libx264rgb', '-pix_fmt', 'rgb24'],
    };
    for (const [name, options] of Object.entries(kinds)) {
      const file = path.join(folder, `${name}.mp4`);
      const input = ['-v', 'error', '-f', 'lavfi', '-i', 'color=c=0xC87828:s=64x48:r=5:d=1'];
      execFileSync(ffmpeg, [...input, ...options, '-crf', '4', file]);
      const [frame] = await collect((await openFilm({ file, kind: 'mp4' })).read());
      const found = [...frame!.subarray(300, 303)];
      for (const [channel, value] of [0xc8, 0x78, 0x28].entries())
        expect(Math.abs(found[channel]! - value), `${name}: ${found}`).toBeLessThan(4);
    }
  });

  test('a film that breaks off is refused and says how much of it is there', async () => {
    const torn = path.join(folder, 'torn.mp4');
    copyFileSync(film.mp4, torn);
    truncateSync(torn, Math.round(readFileSync(torn).length * 0.7));
    await expect(openFilm({ file: torn, kind: 'mp4' })).rejects.toThrow(/breaks off: \d+ of its 60 frames are there/);
  });

  test('a film whose frames are rubbish fails while it is read, with what could be read', async () => {
    const rubbish = path.join(folder, 'rubbish.mp4');
    const bytes = readFileSync(film.mp4);
    bytes.fill(0xa5, bytes.indexOf('mdat') + 40);
    writeFileSync(rubbish, bytes);
    const reading = async () => collect((await openFilm({ file: rubbish, kind: 'mp4' })).read());
    await expect(reading()).rejects.toThrow(/of 60 frames could be read/);
  });
});

describe('files that only point at others', () => {
  const secret = 'canary-4711';
  test('no playlist, list of parts or description is followed, whatever kind it claims to be', async () => {
    const hits: string[] = [];
    const server = createServer((request, response) => {
      hits.push(request.url ?? '');
      response.end('no');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    // Sound: a server that listens on a port has an address of this form.
    const { port } = server.address() as AddressInfo;
    const bait = path.join(folder, 'bait');
    mkdirSync(bait);
    writeFileSync(path.join(bait, 'canary.txt'), secret);
    const web = `http://127.0.0.1:${port}/hit`;
    const hls = (target: string) => `#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n${target}\n#EXT-X-ENDLIST\n`;
    const lures = {
      local: hls(`file://${bait}/canary.txt`),
      concat: hls(`concat:${bait}/canary.txt|${film.mp4}`),
      web: hls(web),
      parts: `ffconcat version 1.0\nfile '${film.mp4}'\n`,
      dash: `<?xml version="1.0"?><MPD><Period><BaseURL>${web}</BaseURL></Period></MPD>`,
      sdp: `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video ${port} RTP/AVP 96\n`,
    };
    try {
      for (const [name, text] of Object.entries(lures)) {
        const file = path.join(bait, `${name}.mp4`);
        writeFileSync(file, text);
        for (const kind of ['mp4', 'webm', 'gif'] as UploadKind[]) {
          const error = await openFilm({ file, kind }).catch((reason: unknown) => reason);
          expect(error, `${name} as ${kind}`).toMatchObject({ fault: 'unsupported' });
          expect(JSON.stringify(error)).not.toContain(secret);
        }
      }
      expect(hits).toEqual([]);
    } finally {
      server.close();
    }
  });
});

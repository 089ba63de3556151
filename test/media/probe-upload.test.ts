import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { emptyGraph } from '../../nodes/graph';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { encodeFilm } from '../../server/media/encode';
import { PictureReaders } from '../../server/media/picture-process';
import { probeUpload as probe } from '../../server/media/probe-upload';
import { patchClip, tempFolder } from './clips';

const folder = tempFolder();
let serial = 0;
const pictures = new PictureReaders();
afterAll(() => pictures.close());
const probeUpload = (file: string) => probe(file, { pictures });

/** Uploads get a name of our own: the one they came with says nothing. */
function put(content: string | Uint8Array): string {
  const file = path.join(folder, `${serial++}.bin`);
  writeFileSync(file, content);
  return file;
}

const flat = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#345' } });

/** A PNG whose header claims a size, with hardly any data behind it. */
function claimingPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function wav(seconds: number): Buffer {
  const samples = Buffer.alloc(8000 * seconds * 2);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

describe('what an upload is', () => {
  test('pictures, by their content and with their size as shown', async () => {
    const cases = [
      ['png', await flat(40, 30).png().toBuffer()],
      ['jpeg', await flat(40, 30).jpeg().toBuffer()],
      ['webp', await flat(40, 30).webp().toBuffer()],
      ['avif', await flat(40, 30).avif().toBuffer()],
    ] as const;
    for (const [kind, bytes] of cases)
      expect(await probeUpload(put(bytes)), kind).toEqual({
        kind,
        as: 'image',
        mime: `image/${kind}`,
        ending: kind === 'jpeg' ? 'jpg' : kind,
        width: 40,
        height: 30,
        frames: 1,
        thumb: expect.any(Uint8Array),
      });
    const turned = await flat(40, 30).jpeg().withMetadata({ orientation: 8 }).toBuffer();
    expect(await probeUpload(put(turned))).toMatchObject({ width: 30, height: 40 });
  });

  test('films, with their length and rate', async () => {
    const shape = { width: 64, height: 48, count: 24 };
    for (const format of ['mp4', 'webm', 'gif', 'webp'] as const) {
      const file = path.join(folder, `${serial++}.bin`);
      await encodeFilm({ ...shape, frames: patchClip(shape).read(), fps: 12, format, crf: 30, loop: 0, file });
      expect(await probeUpload(file)).toMatchObject({
        kind: format,
        as: 'video',
        width: 64,
        height: 48,
        frames: 24,
        fps: expect.closeTo(12, 1),
        seconds: expect.closeTo(2, 1),
      });
    }
  });

  test('sound, tensors and graphs', async () => {
    expect(await probeUpload(put(wav(3)))).toMatchObject({ kind: 'wav', as: 'audio', seconds: 3 });
    const tensors = encodeSafetensors({ latent: { shape: [2], data: Float32Array.of(1, 2) } });
    expect(await probeUpload(put(tensors))).toMatchObject({ kind: 'safetensors', as: 'tensors' });
    const graph = JSON.stringify(emptyGraph());
    expect(await probeUpload(put(graph))).toMatchObject({ kind: 'graph', as: 'graph', mime: 'application/json' });
  });
});

describe('what is refused, with a sentence that says what to do', () => {
  const refused = async (content: string | Uint8Array, says: RegExp) => {
    const error = await probeUpload(put(content)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'MediaError', message: expect.stringMatching(says) });
    expect(String(error)).toMatch(/\.$/);
    expect(String(error)).not.toContain(folder);
  };

  test('documents that can carry scripts', async () => {
    await refused('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', /SVG/);
    await refused('<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg/>', /SVG/);
    await refused('  <!DOCTYPE html><script>alert(1)</script>', /web page/);
    await refused('<?xml version="1.0"?><thing/>', /XML/);
    await refused('%PDF-1.7\n', /PDF/);
  });

  test('playlists and descriptions that point elsewhere', async () => {
    await refused('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n', /playlist/);
    await refused("ffconcat version 1.0\nfile '/etc/passwd'\n", /playlist/);
    await refused('<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>', /playlist/);
    await refused('v=0\no=- 0 0 IN IP4 127.0.0.1\n', /playlist/);
  });

  test('archives, pickles, and files that nobody knows', async () => {
    await refused(Buffer.from('PK\x03\x04 data', 'latin1'), /zip/);
    await refused(Buffer.from([0x1f, 0x8b, 8, 0, 0]), /archive/);
    await refused(Buffer.from([0x80, 0x02, 0x7d, 0x71, 0x00, 0x2e]), /pickle/);
    await refused(Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 251]), /cannot tell/);
    await refused('', /empty/);
    await refused('push graphic-context\nviewbox 0 0 1 1', /cannot tell/);
  });

  test('a playlist behind the first bytes of a film', async () => {
    const mp4 = Buffer.concat([
      Buffer.from([0, 0, 0, 16]),
      Buffer.from('ftypisom\0\0\0\0#EXTM3U\nfile:///etc/passwd\n', 'latin1'),
    ]);
    await refused(mp4, /cannot be read/);
    await refused(
      Buffer.concat([Buffer.from('GIF89a'), Buffer.from('#EXTM3U\nhttp://127.0.0.1/\n')]),
      /no frames|cannot be read|damaged/,
    );
    await refused(Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3]), Buffer.from('#EXTM3U\n')]), /cannot be read/);
  });

  test('pictures that unfold into more than a machine holds, or are torn', async () => {
    const began = Date.now();
    await refused(claimingPng(14_000, 14_000), /more than 50 million pixels/);
    await refused(claimingPng(1, 4_000_000_000), /pixels|damaged|not a picture/);
    await refused(claimingPng(17_000, 17_000), /more than 50 million pixels/);
    await refused(Buffer.from('RIFF\x10\0\0\0WEBPVP8 rubbish!', 'latin1'), /damaged|not a picture/);
    await refused(Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1]), /damaged|not a picture/);
    expect(Date.now() - began).toBeLessThan(5000);
  });

  test('tensor files and graphs that lie', async () => {
    const tensors = Buffer.from(encodeSafetensors({ latent: { shape: [4], data: new Float32Array(4) } }));
    await refused(tensors.subarray(0, tensors.length - 4), /This file/);
    await refused('{"format":"other"}', /not a Skein graph/);
    await refused('{"nodes": [', /not valid JSON/);
    await refused(`{"a":"${'x'.repeat(9_000_000)}"}`, /larger than 8 MB/);
  });

  test('a name that looks like an option is only a name', async () => {
    const odd = path.join(folder, 'odd');
    mkdirSync(odd);
    const file = path.join(odd, '-i');
    writeFileSync(file, '#EXTM3U\n');
    await expect(probeUpload(file)).rejects.toMatchObject({ fault: 'unsupported' });
  });
});

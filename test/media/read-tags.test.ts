import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { graphInTags, readTags } from '../../nodes/embedded/read-tags';
import { emptyGraph } from '../../nodes/graph';
import { gifComment, tagPng, tagText } from '../../server/media/tags';

const picture = () =>
  sharp({ create: { width: 4, height: 4, channels: 3, background: '#345' } })
    .png()
    .toBuffer();
const blob = (...parts: (Uint8Array | string)[]) =>
  new Blob(parts.map((part) => (typeof part === 'string' ? part : Uint8Array.from(part))));
const withGraph = async (text: string) => blob(tagPng(await picture(), text));
const gif = (text: string) =>
  blob(Buffer.from('GIF89a\x01\0\x01\0\0\0\0', 'latin1'), gifComment(text), Buffer.from([0x3b]));

const readEmbeddedGraph = async (file: Blob) => graphInTags(await readTags(file));

describe('graphs inside files', () => {
  test('a whole graph comes back', async () => {
    const graph = emptyGraph('Sea');
    expect(await readEmbeddedGraph(await withGraph(tagText(graph)))).toEqual({ graph });
    expect(await readEmbeddedGraph(gif(tagText(graph)))).toEqual({ graph });
  });

  test('what is not ours, not whole, or newer is refused with a sentence', async () => {
    expect((await readEmbeddedGraph(blob(await picture()))).problem).toMatch(/no Skein graph inside/);
    expect((await readEmbeddedGraph(await withGraph('{"schema":1,'))).problem).toMatch(/damaged/);
    expect((await readEmbeddedGraph(await withGraph('[1]'))).problem).toMatch(/damaged/);
    expect((await readEmbeddedGraph(await withGraph('{"schema":2,"graph":{}}'))).problem).toMatch(/newer Skein/);
    expect((await readEmbeddedGraph(await withGraph('{"schema":1,"graph":{"nodes":7}}'))).problem).toMatch(
      /not a Skein graph/,
    );
    const large = tagText({ ...emptyGraph(), about: 'x'.repeat(9_000_000) });
    expect((await readEmbeddedGraph(await withGraph(large))).problem).toMatch(/larger than 8 MB/);
  });

  test('keys of strangers touch nothing', async () => {
    const evil =
      '{"schema":1,"graph":{"__proto__":{"polluted":true},"format":"skein-graph","version":1,"nodes":[],"wires":[]}}';
    await readEmbeddedGraph(await withGraph(evil));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('a packed chunk that unfolds without end is left alone', async () => {
    const packed = deflateSync(Buffer.alloc(64 << 20));
    const body = Buffer.concat([Buffer.from('skein\0\x01\0\0\0', 'latin1'), packed]);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length, 0);
    head.write('iTXt', 4, 'latin1');
    const png = await picture();
    const tags = await readTags(blob(png.subarray(0, 33), head, body, Buffer.alloc(4), png.subarray(33)));
    expect(tags.has('skein')).toBe(false);
  });

  test('no rubbish behind a true beginning makes it fail, loop or take long', async () => {
    const beginnings = [
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      Buffer.from('RIFF\xff\xff\xff\xffWEBP', 'latin1'),
      Buffer.from('GIF89a\x01\0\x01\0\x80\0\0', 'latin1'),
      Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x80]),
      Buffer.from('\0\0\0\x10ftypisom\0\0\0\0\0\0\0\0moov\0\0\0\x40udta', 'latin1'),
    ];
    const names = [
      'tEXt',
      'iTXt',
      'EXIF',
      'moov',
      'udta',
      'meta',
      'keys',
      'ilst',
      'data',
      '\x18\x53\x80\x67',
      '\x12\x54\xc3\x67',
      '!\xfe',
    ];
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(...names.map((name) => Buffer.from(name, 'latin1'))),
      fc.constantFrom(Buffer.from([0, 0, 0, 0]), Buffer.from([0, 0, 0, 1]), Buffer.from([0xff, 0xff, 0xff, 0xff])),
    );
    const rubbish = fc.tuple(fc.constantFrom(...beginnings), fc.array(piece, { maxLength: 30 }));
    await fc.assert(
      fc.asyncProperty(rubbish, async ([beginning, pieces]) => {
        expect(await readTags(blob(beginning, ...pieces))).toBeInstanceOf(Map);
      }),
      { numRuns: 600 },
    );
  });
});

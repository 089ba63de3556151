import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** Pictures made to fill a memory, as small files. */

const flat = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#336699' }, limitInputPixels: false });

export const flatPng = (width: number, height: number): Promise<Buffer> =>
  flat(width, height).png({ compressionLevel: 9 }).toBuffer();

export function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** Puts a chunk behind the header of a PNG. */
const withChunk = (png: Buffer, type: string, data: Uint8Array): Buffer =>
  Buffer.concat([png.subarray(0, 33), chunk(type, data), png.subarray(33)]);

/** A whole, well-formed PNG but for its height. */
export async function tallPng(height: number): Promise<Buffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(1, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const png = await flatPng(1, 1);
  return Buffer.concat([png.subarray(0, 8), chunk('IHDR', header), png.subarray(33)]);
}

/** A PNG of 30 by 30 with a colour profile (or a text) that unfolds to so many bytes. */
export const iccPng = async (bytes: number): Promise<Buffer> =>
  withChunk(
    await flatPng(30, 30),
    'iCCP',
    Buffer.concat([Buffer.from('profile\0\0', 'latin1'), deflateSync(Buffer.alloc(bytes), { level: 9 })]),
  );

export const textPng = async (bytes: number): Promise<Buffer> =>
  withChunk(
    await flatPng(30, 30),
    'zTXt',
    Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), deflateSync(Buffer.alloc(bytes, 0x61), { level: 9 })]),
  );

/** A JPEG whose colour profile fills all the 255 segments that it may have: 16 MB. */
export async function iccJpeg(): Promise<Buffer> {
  const jpeg = await flat(30, 30).jpeg().toBuffer();
  const segments = Array.from({ length: 255 }, (_, index) => {
    const data = Buffer.alloc(65_535 + 2);
    data.writeUInt16BE(0xffe2, 0);
    data.writeUInt16BE(65_535, 2);
    data.write('ICC_PROFILE\0', 4, 'latin1');
    data.set([index + 1, 255], 16);
    return data;
  });
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

export const truncatedJpeg = async (): Promise<Buffer> => {
  const jpeg = await sharp({
    create: {
      width: 600,
      height: 400,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 120, sigma: 40 },
    },
  })
    .jpeg()
    .toBuffer();
  return jpeg.subarray(0, Math.round(jpeg.length * 0.6));
};

/** A GIF of so many pictures of one pixel. */
export function gif(frames: number): Buffer {
  const head = Buffer.from('GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  const frame = Buffer.from('!\xf9\x04\0\x04\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0', 'latin1');
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from(';')]);
}

/** An animated WebP of so many pictures of one pixel. */
export async function webp(frames: number): Promise<Buffer> {
  const still = await flat(1, 1).webp({ lossless: true }).toBuffer();
  const picture = still.subarray(12);
  const part = (name: string, body: Uint8Array) => {
    const head = Buffer.alloc(8);
    head.write(name, 0, 'latin1');
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const about = Buffer.alloc(10);
  about[0] = 0x02;
  const place = Buffer.alloc(16);
  place.writeUIntLE(40, 12, 3);
  const frame = part('ANMF', Buffer.concat([place, picture]));
  const all = Buffer.concat([
    Buffer.from('WEBP'),
    part('VP8X', about),
    part('ANIM', Buffer.alloc(6)),
    ...Array.from({ length: frames }, () => frame),
  ]);
  return part('RIFF', all);
}

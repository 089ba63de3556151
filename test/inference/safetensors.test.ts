import { link, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeSafetensors, openSafetensors, readRows, readTensor } from '../../server/inference/safetensors';
import { encodeSafetensors } from '../../server/inference/safetensors-write';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file with this header text; `length` is what its first eight bytes claim. */
function file(header: string, dataBytes: number, length?: bigint): Uint8Array {
  const json = Buffer.from(header);
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([head, json, Buffer.alloc(dataBytes)]);
}
const tensor = (fields: string) => `{"dtype":"F32",${fields}}`;
const one = (offsets: string, shape = '[1]') => tensor(`"shape":${shape},"data_offsets":${offsets}`);

const bad: [what: string, code: string, bytes: Uint8Array][] = [
  ['a header of 2^63 bytes', 'HEADER_LENGTH', file('{}', 8, 1n << 63n)],
  ['a header longer than the file', 'TRUNCATED', file('{}', 8, 4096n)],
  ['a header of no bytes', 'HEADER_LENGTH', file('{}', 8, 0n)],
  ['a header that is not JSON', 'HEADER_JSON', file('{"a":', 8)],
  ['a header that is not text', 'HEADER_JSON', Buffer.concat([file('', 0, 2n), Buffer.from([0xff, 0xfe, 0, 0])])],
  ['an array at the root', 'HEADER_JSON', file('[1,2]', 0)],
  ['a name twice', 'DUPLICATE_NAME', file(`{"a":${one('[0,4]')},"a":${one('[4,8]')}}`, 8)],
  ['a name twice, once escaped', 'DUPLICATE_NAME', file(`{"a":${one('[0,4]')},"\\u0061":${one('[4,8]')}}`, 8)],
  ['a negative offset', 'BAD_OFFSETS', file(`{"a":${one('[-4,0]')}}`, 4)],
  ['an offset of 2^64-1', 'BAD_OFFSETS', file(`{"a":${one('[0,18446744073709551615]')}}`, 4)],
  ['a fractional offset', 'BAD_OFFSETS', file(`{"a":${one('[0,4.0]')}}`, 4)],
  ['an offset in powers of ten', 'BAD_OFFSETS', file(`{"a":${one('[0,4e0]')}}`, 4)],
  ['tensors that overlap', 'BAD_OFFSETS', file(`{"a":${one('[0,8]', '[2]')},"b":${one('[4,8]')}}`, 8)],
  ['a gap between tensors', 'BAD_OFFSETS', file(`{"a":${one('[0,4]')},"b":${one('[8,12]')}}`, 12)],
  ['a gap at the start', 'BAD_OFFSETS', file(`{"a":${one('[4,8]')}}`, 8)],
  ['offsets that run backwards', 'BAD_OFFSETS', file(`{"a":${one('[4,0]')}}`, 4)],
  ['offsets beyond the end', 'TRUNCATED', file(`{"a":${one('[0,4]')}}`, 3)],
  ['a shape of 2^80 elements', 'BAD_SHAPE', file(`{"a":${one('[0,4]', '[1099511627776,1099511627776]')}}`, 4)],
  ['a shape that does not fit its bytes', 'BAD_OFFSETS', file(`{"a":${one('[0,4]', '[2]')}}`, 4)],
  ['an unknown type', 'UNKNOWN_DTYPE', file('{"a":{"dtype":"F13","shape":[1],"data_offsets":[0,4]}}', 4)],
  [
    'a type called like a property of every object',
    'UNKNOWN_DTYPE',
    file('{"a":{"dtype":"constructor","shape":[1],"data_offsets":[0,4]}}', 4),
  ],
  ['a tensor called __proto__', 'UNSAFE_NAME', file(`{"__proto__":${one('[0,4]')}}`, 4)],
  ['bytes after the last tensor', 'TRAILING_BYTES', file(`{"a":${one('[0,4]')}}`, 5)],
  [
    '200,000 tensors',
    'TOO_MANY_TENSORS',
    file(`{${Array.from({ length: 200_000 }, (_, i) => `"t${i}":${one('[0,0]', '[0]')}`)}}`, 0),
  ],
  ['metadata that is no text', 'HEADER_JSON', file('{"__metadata__":{"a":1}}', 0)],
  ['a file of three bytes', 'TRUNCATED', Buffer.from('abc')],
  ['a pickle', 'NOT_SAFETENSORS', Buffer.from('\x80\x02}q\x00(X\x05\x00\x00\x00stateq\x01u.', 'latin1')],
  [
    'a zip (what torch.save writes)',
    'NOT_SAFETENSORS',
    Buffer.from('PK\x03\x04\x00\x00\x08\x08\x00\x00\x00\x00', 'latin1'),
  ],
  ['a PNG', 'NOT_SAFETENSORS', Buffer.from('\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR', 'latin1')],
  ['a Git LFS pointer', 'NOT_SAFETENSORS', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\n')],
];

describe('S27, S28: a damaged or disguised file is refused at once, with a code and a remedy', () => {
  test.each(bad)('%s', async (_, code, bytes) => {
    const path = join(folder, 'bad.safetensors');
    await writeFile(path, bytes);
    const [start, memory] = [process.cpuUsage(), process.memoryUsage.rss()];
    await expect(openSafetensors(path)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/bad\.safetensors: .+\.$/),
    });
    // Of computing, not of waiting: other tests may hold the cores. 200 ms where nothing does.
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(400);
    expect(process.memoryUsage.rss() - memory).toBeLessThan(64 * 2 ** 20);
    expect(() => decodeSafetensors(bytes)).toThrowError(expect.objectContaining({ code }));
  });

  test('a sparse file of a terabyte', async () => {
    const path = join(folder, 'sparse.safetensors');
    await writeFile(path, file(`{"a":${one('[0,4]')}}`, 4));
    await truncate(path, 2 ** 40);
    const start = process.cpuUsage();
    await expect(openSafetensors(path)).rejects.toMatchObject({ code: 'TRAILING_BYTES' });
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(200);
    await rm(path);
  });

  test('links, where strangers may have placed the file', async () => {
    const [path, hard, soft] = ['own', 'hard', 'soft'].map((name) => join(folder, `${name}.safetensors`));
    await writeFile(path!, encodeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } }));
    await openSafetensors(path!, { owned: true });
    await symlink(path!, soft!);
    await expect(openSafetensors(soft!, { owned: true })).rejects.toMatchObject({ code: 'LINKED' });
    await expect(openSafetensors(soft!)).resolves.toMatchObject({ path: expect.stringMatching(/own\.safetensors$/) });
    await link(path!, hard!);
    await expect(openSafetensors(hard!, { owned: true })).rejects.toMatchObject({ code: 'LINKED' });
  });

  test('any change of a good file is read as something valid or refused, never anything else', () => {
    const good = encodeSafetensors(
      { a: { shape: [2, 3], data: new Float32Array(6) }, b: { shape: [], data: new Float32Array(1) } },
      { made: 'here' },
    );
    const change = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(change, fc.nat(good.length), (changes, cut) => {
        const bytes = Uint8Array.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        const given = cut % 3 ? bytes : bytes.slice(0, cut);
        try {
          for (const { data, shape } of decodeSafetensors(given).tensors.values()) {
            expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
          }
        } catch (error) {
          expect(error).toMatchObject({ name: 'SafetensorsError' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('what is written is read back, in every way of reading', async () => {
  const data = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
  const bytes = encodeSafetensors({ table: { shape: [4, 3], data } }, { from: 'a "test"\n' });
  expect(encodeSafetensors({ table: { shape: [4, 3], data } }, { from: 'a "test"\n' })).toEqual(bytes);
  const path = join(folder, 'good.safetensors');
  await writeFile(path, bytes);
  const opened = await openSafetensors(path);
  expect(opened.metadata).toEqual({ from: 'a "test"\n' });
  const table = opened.tensors.get('table')!;
  expect(table.offset % 8).toBe(0);
  expect(await readTensor(table)).toEqual(data);
  expect(await readRows(table, [3, 0, 3])).toEqual(
    Float32Array.of(...data.slice(9), ...data.slice(0, 3), ...data.slice(9)),
  );
  await expect(readRows(table, [4])).rejects.toThrow(/4 rows/);
  expect(decodeSafetensors(bytes).tensors.get('table')).toEqual({ data, shape: [4, 3] });
  expect(() => encodeSafetensors({ a: { shape: [5], data: new Float32Array(4) } })).toThrow(
    /needs 20 bytes and has 16/,
  );
});

test('half-precision and 8-bit floats widen exactly', () => {
  const read = (dtype: 'F16' | 'BF16' | 'F8_E4M3' | 'F8_E5M2' | 'I64', bytes: number[]) => {
    const per = dtype === 'I64' ? 8 : dtype.startsWith('F8') ? 1 : 2;
    const encoded = encodeSafetensors({
      x: { shape: [bytes.length / per], data: { dtype, bytes: Uint8Array.from(bytes) } },
    });
    return [...decodeSafetensors(encoded).tensors.get('x')!.data];
  };
  // 1, -2, the smallest subnormal, the largest finite, infinity
  expect(read('F16', [0, 0x3c, 0, 0xc0, 1, 0, 0xff, 0x7b, 0, 0x7c])).toEqual([1, -2, 2 ** -24, 65504, Infinity]);
  expect(read('BF16', [0x80, 0x3f, 0x49, 0xc0])).toEqual([1, -3.140625]);
  expect(read('F8_E4M3', [0x38, 0x7e, 0x01, 0xb8, 0x7f])).toEqual([1, 448, 2 ** -9, -1, Number.NaN]);
  expect(read('F8_E5M2', [0x3c, 0x7b, 0x01, 0xfc])).toEqual([1, 57344, 2 ** -16, -Infinity]);
  expect(read('I64', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])).toEqual([-1]);
});

test('a file that is not there is a sentence', async () => {
  await expect(openSafetensors(join(folder, 'nowhere.safetensors'))).rejects.toThrow(
    /nowhere.*no such file.*correct the path/,
  );
  await expect(openSafetensors(folder)).rejects.toMatchObject({ code: 'NOT_SAFETENSORS' });
});

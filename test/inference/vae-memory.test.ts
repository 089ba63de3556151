import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openVaeFiles } from '../../server/inference/families/wan/pipeline';
import { WanVae } from '../../server/inference/families/wan/vae';
import { decoderGraph } from '../../server/inference/families/wan/vae-decoder';
import { encoderGraph } from '../../server/inference/families/wan/vae-encoder';
import { readProfiles } from '../../server/inference/profile';
import { cpu, Session } from '../../server/inference/session';
import { parityFolder } from './parity-files';
import { cards, size } from './vae-fixtures';
import { vaeShapes } from './vae-shapes';

const tensor = (shape: readonly number[]) => ({ data: new Float32Array(size(shape)), shape });

/** The operators of a later piece, in the order in which ONNX Runtime ran them. */
async function order(
  work: 'decode' | 'encode',
  convolution: '2d' | '3d',
  folder: keyof typeof cards,
): Promise<string[]> {
  const { config, checkpoint } = await openVaeFiles(join(parityFolder, folder, 'vae'));
  const kind = { first: false, more: true, attention: 'fused', convolution } as const;
  const graph =
    work === 'decode'
      ? decoderGraph(config, checkpoint, { ...kind, size: { frames: 1, height: 4, width: 4 } })
      : encoderGraph(config, checkpoint, { ...kind, size: { frames: 4, height: 64, width: 64 } });
  const place = await mkdtemp(join(tmpdir(), 'skein-order-'));
  try {
    const session = await Session.open('A piece', graph.model, { device: { ...cpu, profiles: place } });
    const feeds = Object.fromEntries([...graph.takes].map(([key, shape]) => [`${key}.before`, tensor(shape)]));
    await session.run({ ...feeds, x: tensor(graph.input) }, ['y', ...graph.makes.map((key) => `${key}.after`)]);
    await session.release();
    return (await readProfiles(place)).map(({ operator }) => operator);
  } finally {
    await rm(place, { recursive: true });
  }
}

describe.each(['wan21-t2v', 'wan22-ti2v'] as const)('%s', (folder) => {
  test.each([
    ['decode', '3d'],
    ['decode', '2d'],
    ['encode', '3d'],
    ['encode', '2d'],
  ] as const)('%s, %s: no layer’s frames wait for the end to be remembered', async (work, convolution) => {
    const ran = await order(work, convolution, folder);
    // Were it so, the memories of all layers (24 and more) would be cut off in a row at the end.
    const last = ran.findLastIndex((operator) => operator !== 'Slice');
    expect(ran.length - 1 - last).toBeLessThanOrEqual(1);
  });
});

test.each([
  // Width, height, megabytes beyond the process's own, of Wan 2.1's decoder with fp32 weights on two threads.
  [256, 256, 715],
  [480, 272, 740],
])('what decoding %ix%i is said to need is what it was measured to need', async (width, height, measured) => {
  const folder = await mkdtemp(join(tmpdir(), 'skein-vae-'));
  try {
    const path = join(folder, 'diffusion_pytorch_model.safetensors');
    // All holes: only names and shapes are read.
    await writeHeader(vaeShapes({ base: 96, multiples: [1, 2, 4, 4], blocks: 2 }), path);
    await writeFile(join(folder, 'config.json'), JSON.stringify({ _class_name: 'AutoencoderKLWan' }));
    const vae = new WanVae(await openVaeFiles(folder), cards['wan21-t2v']);
    const said = vae.bytesFor('decode', { width, height, count: 33 }) / 2 ** 20;
    expect(said / measured).toBeGreaterThan(0.95);
    expect(said / measured).toBeLessThan(1.3);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** A safetensors file of fp32 tensors that takes no room on the disk. */
async function writeHeader(shapes: ReadonlyMap<string, readonly number[]>, path: string): Promise<void> {
  let at = 0;
  const header = [...shapes].map(([name, shape]) => {
    const from = at;
    at += 4 * size(shape);
    return [name, { dtype: 'F32', shape, data_offsets: [from, at] }] as const;
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(path, Buffer.concat([length, json]));
  await truncate(path, 8 + json.length + at);
}

test('what a size needs grows with the picture and not with the number of frames', async () => {
  const files = await openVaeFiles(join(parityFolder, 'wan21-t2v', 'vae'));
  const bytes = (width: number, count: number, isSplit: boolean) =>
    new WanVae({ ...files, isSplit }, cards['wan21-t2v']).bytesFor('decode', { width, height: 256, count });
  for (const isSplit of [false, true]) expect(bytes(512, 81, isSplit)).toBe(bytes(512, 401, isSplit));
  expect(bytes(512, 81, false) / bytes(256, 81, false)).toBeCloseTo(2, 1);
  expect(bytes(1024, 81, true)).toBeLessThan(bytes(1024, 81, false));
});

import { mkdtemp, rm } from 'node:fs/promises';
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

test('what a size needs grows with the picture and not with the number of frames', async () => {
  const vae = new WanVae(await openVaeFiles(join(parityFolder, 'wan21-t2v', 'vae')), cards['wan21-t2v']);
  const bytes = (width: number, count: number) => vae.bytesFor('decode', { width, height: 512, count });
  expect(bytes(512, 81)).toBe(bytes(512, 401));
  expect(bytes(1024, 81) / bytes(512, 81)).toBeCloseTo(2, 1);
});

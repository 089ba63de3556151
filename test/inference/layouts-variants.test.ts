import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registry } from '../../nodes/registry';
import type { FramesValue, PinsValue } from '../../nodes/values';
import { scanModels } from '../../server/inference/catalog';
import { OpenModels } from '../../server/inference/door';
import { cpu } from '../../server/inference/session';
import { machine } from '../nodes/machine-for-tests';
import { saveVariant } from './layouts';
import { variantFolders } from './variant-folders';

let root = '';
let folders = '';
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-kinds-')));
  folders = await variantFolders(join(root, 'models'));
});
afterAll(() => rm(root, { recursive: true }));

const wave = (count: number, step: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(step * i));

const picture = (seed: number): FramesValue => ({
  kind: 'frames',
  width: 48,
  height: 32,
  count: 1,
  fps: 1,
  async *read() {
    yield Uint8Array.from({ length: 48 * 32 * 3 }, (_, i) => (i * seed * 7) % 251);
  },
});

/** What the model says early and late in a schedule, with the frames it cannot do without. */
async function velocities(library: string, id: string) {
  const dataFolder = join(root, 'data');
  const catalog = await scanModels({ modelFolders: [library], dataFolder });
  const card = catalog.get(id)?.card;
  expect(card?.broken).toBeUndefined();
  const door = new OpenModels({ catalog, device: cpu, dataFolder });
  const shape = [16, 3, 4, 6] as const;
  const text = await (await door.textEncoder(door.reference(id, 'text-encoder'))).encode('a robot arm', 24);
  const denoiser = await door.denoiser(door.reference(id, 'denoiser'));
  const noise = { kind: 'latent', space: denoiser.card.latent.space, shape, data: wave(16 * 3 * 24, 0.7) } as const;
  let frames: PinsValue | undefined;
  for (const position of card?.pinsBy ? (card.mustHold === 'first-last' ? ['first', 'last'] : ['first']) : []) {
    const node = registry['frame-conditioner']!;
    const inputs = { model: door.reference(id, 'vae'), noise, frames: picture(position.length), pins: frames };
    const out = await node.run({
      inputs,
      params: node.params.parse({ position }),
      ctx: { ...machine({}), models: door },
    });
    if (out['frames']?.kind === 'pins') frames = out['frames'];
  }
  const said: Float32Array[] = [];
  for (const timesteps of [980, 300]) {
    said.push(await denoiser.predict({ latent: noise.data, shape, timesteps, text, frames }));
  }
  await door.release();
  const { pins, pinsBy, mustHold, experts } = denoiser.card;
  return { said, pins, pinsBy, mustHold, experts };
}

test.each(['wan21-i2v-clip', 'wan21-flf2v', 'wan22-i2v-a14b', 'wan22-t2v-a14b'])(
  '%s as single files is the same model to the last bit',
  async (kind) => {
    const library = join(root, 'comfy', kind);
    await saveVariant(join(folders, kind), library);
    expect(await velocities(library, 'model')).toEqual(await velocities(folders, kind));
  },
);

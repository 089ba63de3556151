import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lackOfMemory, withFastWeights } from '../../nodes/memory';
import type { Catalog } from '../../server/inference/catalog';
import { scanModels } from '../../server/inference/catalog';
import { openCheckpoint } from '../../server/inference/checkpoint';
import { OpenModels } from '../../server/inference/door';
import { isFastMatrix as isFastOfLtx } from '../../server/inference/families/ltx/fast-matrices';
import { isFastMatrix as isFastOfWan } from '../../server/inference/families/wan/fast-matrices';
import * as memory from '../../server/inference/memory';
import { cpu, Session } from '../../server/inference/session';
import { parityFolder } from './parity-files';

let dataFolder = '';
beforeEach(async () => {
  dataFolder = await realpath(await mkdtemp(join(tmpdir(), 'skein-kept-')));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dataFolder, { recursive: true });
});

const scan = () =>
  scanModels({ modelFolders: [join(parityFolder, 'wan21-t2v'), join(parityFolder, 'ltx/later')], dataFolder });
/** The same models, whose text encoders say they are as large as published ones. */
const withLargeEncoders = (catalog: Catalog): Catalog =>
  new Map(
    [...catalog].map(([id, model]) => {
      const encoder = { ...model.card.parts['text-encoder']!, bytes: 11e9 };
      return [id, { ...model, card: { ...model.card, parts: { ...model.card.parts, 'text-encoder': encoder } } }];
    }),
  );

/** Sessions that are open, by name, as they come and go. */
function watchSessions() {
  const open = new Set<string>();
  const runs: string[] = [];
  const { open: really } = Session;
  vi.spyOn(Session, 'open').mockImplementation(async (name, ...rest) => {
    const session = await really.call(Session, name, ...rest);
    const [release, run] = [session.release.bind(session), session.run.bind(session)];
    open.add(name);
    session.release = async () => {
      open.delete(name);
      await release();
    };
    session.run = (...about: Parameters<typeof run>) => {
      runs.push(name);
      return run(...about);
    };
    return session;
  });
  return { open, runs };
}

const call = (channels: number) => ({
  latent: Float32Array.from({ length: channels * 3 * 64 }, (_, i) => Math.sin(0.3 * i)),
  shape: [channels, 3, 8, 8] as const,
});

test.each(['wan21-t2v', 'later'])(
  '%s: words are encoded once, keys and values made once for each text',
  async (model) => {
    const { open, runs } = watchSessions();
    const door = new OpenModels({ catalog: withLargeEncoders(await scan()), device: cpu, dataFolder });
    const encoder = await door.textEncoder(door.reference(model, 'text-encoder'));
    const [wanted, avoided] = [await encoder.encode('a red fox', 16), await encoder.encode('', 16)];
    expect([...open].some((name) => name.startsWith('Text encoder'))).toBe(true);

    // The encoder has done its work when the denoiser is asked for: what it held is given back.
    const denoiser = await door.denoiser(door.reference(model, 'denoiser'));
    expect([...open].filter((name) => name.startsWith('Text encoder'))).toEqual([]);
    const { channels } = denoiser.card.latent;
    for (const timesteps of [900, 600, 300])
      for (const text of [wanted, avoided]) await denoiser.predict({ ...call(channels), timesteps, text });
    const times = (name: string) => runs.filter((run) => run === name).length;
    expect(times('Denoiser, text projections')).toBe(2);
    expect(times('Denoiser, time embedding')).toBe(3);
    await door.release();
    expect([...open]).toEqual([]);
  },
);

test('a small encoder stays for the next prompt', async () => {
  const { open } = watchSessions();
  const door = new OpenModels({ catalog: await scan(), device: cpu, dataFolder });
  await (await door.textEncoder(door.reference('wan21-t2v', 'text-encoder'))).encode('a red fox', 16);
  await door.denoiser(door.reference('wan21-t2v', 'denoiser'));
  expect([...open].some((name) => name.startsWith('Text encoder'))).toBe(true);
  await door.release();
});

test.each(['wan21-t2v', 'later'])(
  '%s: a clip too large is refused by its shape, and nothing is opened',
  async (model) => {
    const catalog = await scan();
    const { card } = catalog.get(model)!;
    const size = { frames: 60, height: 64, width: 64 };
    expect(lackOfMemory(card, size, 1e12)).toBeNull();
    expect(lackOfMemory(card, size, 1e8)).toMatch(/ GB and 0\.1 GB are free\. /);
    const { open } = watchSessions();
    const door = new OpenModels({ catalog, device: cpu, dataFolder });
    const encoder = await door.textEncoder(door.reference(model, 'text-encoder'));
    const text = await encoder.encode('a red fox', 16);
    vi.spyOn(memory, 'freeMemory').mockReturnValue(1e8);
    const denoiser = await door.denoiser(door.reference(model, 'denoiser'));
    const { channels } = card.latent;
    const shape = [channels, 60, 64, 64] as const;
    const latent = new Float32Array(channels * 60 * 4096);
    await expect(denoiser.predict({ latent, shape, timesteps: 500, text })).rejects.toThrow(/GB are free/);
    // On a graphics card what is free of the machine's memory does not count, and the card's own does.
    const small = { name: 'webgpu', attention: 'fused', memory: 1e6 } as const;
    const there = await new OpenModels({ catalog, device: small, dataFolder }).denoiser(
      door.reference(model, 'denoiser'),
    );
    await expect(there.predict({ latent, shape, timesteps: 500, text })).rejects.toThrow(/card, which has 0\.0 GB/);
    expect([...open].filter((name) => name.startsWith('Denoiser'))).toEqual([]);
    await door.release();
  },
);

test('a graphics card is reckoned with all weights, in fp32 or the large ones in fp16', async () => {
  for (const { card, folder } of (await scan()).values()) {
    const elements = async (part: string, isFast: (name: string) => boolean) => {
      const { tensors } = await openCheckpoint(join(folder, part));
      const counted = [...tensors].filter(([name]) => isFast(name));
      return counted.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b, 1), 0);
    };
    const { exact, half } = card.memory!.onCard!;
    expect(exact).toBe(4 * (await elements('transformer', () => true)));
    const large = card.family === 'ltx' ? isFastOfLtx : isFastOfWan;
    expect(exact - half).toBe(2 * (await elements('transformer', large)));
    // The table of words stays in its file.
    const layers = await elements('text_encoder', (name) => !/embed_tokens|shared\.weight/.test(name));
    const matrices = await elements('text_encoder', (name) => /SelfAttention\.[qkvo]\.|DenseReluDense/.test(name));
    expect(card.text.onCard).toEqual({ exact: 4 * layers, half: 4 * layers - 2 * matrices });
  }
});

test('the fast mode counts its weights, which are in memory', async () => {
  for (const { card } of (await scan()).values()) {
    const { memory: usual } = card;
    expect(usual!.fast).toBeGreaterThan(0);
    expect(withFastWeights(card).memory!.fixed).toBe(usual!.fixed + usual!.fast!);
  }
});

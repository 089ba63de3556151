import { cp, mkdtemp, readdir, readFile, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scanModels } from '../../server/inference/catalog';
import { configOf, openSingleFile, prefixesIn } from '../../server/inference/families/shared/single-file';
import { wanLoraSpelling } from '../../server/inference/families/wan/lora-names';
import { openTextEncoderFiles, openTransformerFiles, openVaeFiles } from '../../server/inference/families/wan/pipeline';
import { wanFiles } from '../../server/inference/families/wan/single-file';
import { wanSingleFiles } from '../../server/inference/families/wan/single-layout';
import { openLora, withLoras } from '../../server/inference/lora';
import { SafetensorsError } from '../../server/inference/safetensors';
import { headerLength, parseHeader } from '../../server/inference/safetensors-header';
import { spieceToJson } from '../../server/inference/tokenizer-spiece';
import { saveSingles } from '../inference/layouts';
import { writeLora } from '../inference/lora-files';
import { parityFolder } from '../inference/parity-files';
import { spieceModel } from '../inference/spiece-model';
import { dice, mutateBytes, mutateJson } from './mutate';

/*
 * Model files come from strangers. Ten thousand damaged ones: none may end the process, none may take long, and every
 * refusal is a sentence of ours, not a fault that happened to be caught.
 */

let root = '';
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-fuzz-')));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A busy machine stops a process for this long now and then; work that grows with a number in a file takes for ever. */
const longMs = 1000;

/** Refused with a sentence that ends in a remedy, or taken; else the test fails with what was tried. */
async function survives(what: string, work: () => unknown): Promise<'taken' | 'refused'> {
  const begun = performance.now();
  const how = await outcome(what, work);
  expect(performance.now() - begun, `milliseconds for ${what}`).toBeLessThan(longMs);
  return how;
}

async function outcome(what: string, work: () => unknown): Promise<'taken' | 'refused'> {
  try {
    await work();
    return 'taken';
  } catch (error) {
    const isOurs = error instanceof SafetensorsError || (error instanceof Error && error.constructor === Error);
    if (!isOurs || !/[.)]$/.test(error.message)) throw new Error(`${what}: ${String(error)}`, { cause: error });
    return 'refused';
  }
}

async function headerOf(file: string) {
  const bytes = await readFile(file);
  const length = headerLength(bytes, bytes.length, file);
  return { bytes, json: new Uint8Array(bytes.subarray(8, 8 + length)), dataBytes: bytes.length - 8 - length };
}

describe('10,000 damaged headers', () => {
  test('7,000 in memory: a code of its own for each kind of damage', async () => {
    const file = join(parityFolder, 'wan21-t2v/text_encoder/model-00001-of-00004.safetensors');
    const { json, dataBytes, bytes } = await headerOf(file);
    const seen = new Map<string, number>();
    for (let seed = 0; seed < 7000; seed++) {
      const roll = dice(seed);
      const damaged = mutateBytes(json, roll);
      const data = roll.below(4) ? dataBytes : dataBytes + roll.below(9) - 4;
      const work = () => parseHeader(damaged, data, 'damaged.safetensors');
      const how = await survives(`header ${seed}`, () => {
        try {
          work();
        } catch (error) {
          if (!(error instanceof SafetensorsError)) throw error;
          seen.set(error.code, (seen.get(error.code) ?? 0) + 1);
          throw error;
        }
      });
      seen.set(how, (seen.get(how) ?? 0) + 1);
      // The first eight bytes as well.
      const first = mutateBytes(bytes.subarray(0, 8), roll);
      await survives(`length ${seed}`, () => headerLength(first, roll.below(100_000), 'damaged.safetensors'));
    }
    // The damage is of many kinds, and some of it does no harm.
    for (const code of ['HEADER_JSON', 'BAD_OFFSETS', 'TRUNCATED', 'UNKNOWN_DTYPE', 'BAD_SHAPE', 'taken'])
      expect(seen.get(code) ?? 0, code).toBeGreaterThan(5);
    expect((seen.get('refused') ?? 0) + (seen.get('taken') ?? 0)).toBe(7000);
  });

  test('2,100 single files with other names, shapes and types, read to the end', async () => {
    await saveSingles('wan22-ti2v', join(root, 'comfy'));
    const parts = { denoiser: 'diffusion_models', 'text-encoder': 'text_encoders', vae: 'vae' } as const;
    let taken = 0;
    for (const [number, part] of (Object.keys(parts) as (keyof typeof parts)[]).entries()) {
      const [name = ''] = await readdir(join(root, 'comfy', parts[part]));
      const { json, dataBytes } = await headerOf(join(root, 'comfy', parts[part], name));
      const whole = JSON.parse(new TextDecoder().decode(json)) as object;
      const path = join(root, `damaged-${part}.safetensors`);
      for (let seed = 0; seed < 700; seed++) {
        const roll = dice(10_000 * (number + 1) + seed);
        const damaged = roll.below(3) ? renamed(whole, roll) : Buffer.from(JSON.stringify(mutateJson(whole, roll)));
        await writeHeader(path, damaged, dataBytes);
        const how = await survives(`${part} ${seed}`, async () => {
          const header = parseHeader(damaged, dataBytes, path);
          prefixesIn(wanFiles, header.tensors);
          wanSingleFiles.partsIn(header.tensors);
          await openSingleFile(wanFiles, { file: path, part });
          await configOf(wanFiles, { file: path, part });
        });
        if (how === 'taken') taken += 1;
      }
    }
    expect(taken).toBeGreaterThan(100);
  });

  /** Sparse: the data is never read, so it need not be written. */
  async function writeHeader(path: string, json: Uint8Array, dataBytes: number): Promise<void> {
    const head = Buffer.alloc(8 + json.length);
    head.writeBigUInt64LE(BigInt(json.length));
    head.set(json, 8);
    await writeFile(path, head);
    await truncate(path, head.length + dataBytes);
  }

  /** Tensors that change names, or views of the same bytes in other shapes and types: headers that are all in order. */
  function renamed(whole: object, roll: ReturnType<typeof dice>): Buffer {
    const entries = Object.entries(whole as Record<string, { dtype?: string; shape?: number[] }>);
    for (let count = 1 + roll.below(5); count > 0; count--) {
      const [a, b] = [roll.below(entries.length), roll.below(entries.length)];
      const [one, other] = [entries[a]!, entries[b]!];
      const [name, about] = one;
      if (roll.below(2)) {
        entries[a] = [other[0], about];
        entries[b] = [name, other[1]];
      } else if (about.shape) {
        const shape = roll.of([
          [...about.shape, 1],
          about.shape.slice().reverse(),
          [about.shape.reduce((x, y) => x * y, 1)],
        ]);
        entries[a] = [name, { ...about, shape }];
      }
    }
    return Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  }

  test('900 LoRAs', async () => {
    const { checkpoint } = await openTransformerFiles(join(parityFolder, 'wan22-ti2v/transformer'));
    const source = join(root, 'lora.safetensors');
    await writeLora(source, checkpoint, { recipe: { rank: 2, alpha: 1, seed: 1, full: true }, dialect: 'original' });
    const { bytes, json } = await headerOf(source);
    const whole = JSON.parse(new TextDecoder().decode(json)) as object;
    const data = bytes.subarray(8 + json.length);
    const path = join(root, 'damaged-lora.safetensors');
    for (let seed = 0; seed < 900; seed++) {
      const roll = dice(70_000 + seed);
      const damaged = roll.below(2) ? renamed(whole, roll) : Buffer.from(mutateBytes(json, roll));
      const head = Buffer.alloc(8);
      head.writeBigUInt64LE(BigInt(damaged.length));
      await writeFile(path, Buffer.concat([head, damaged, data]));
      await survives(`LoRA ${seed}`, async () => {
        const lora = await openLora(path, wanLoraSpelling);
        await withLoras(checkpoint, [{ file: lora, partial: seed % 2 === 0 }]);
      });
    }
  });
});

test('1,500 damaged configurations, through the very functions that open models', async () => {
  let taken = 0;
  for (const [number, [part, open]] of (
    [
      ['transformer', openTransformerFiles],
      ['text_encoder', openTextEncoderFiles],
      ['vae', openVaeFiles],
    ] as const
  ).entries()) {
    const folder = join(root, `configs-${part}`);
    await cp(join(parityFolder, 'wan22-ti2v', part), folder, { recursive: true });
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    const whole = new Map<string, unknown>();
    for (const name of names) whole.set(name, JSON.parse(await readFile(join(folder, name), 'utf8')));
    for (let seed = 0; seed < 500; seed++) {
      const roll = dice(100_000 * (number + 1) + seed);
      const name = roll.of(names);
      await writeFile(join(folder, name), JSON.stringify(mutateJson(whole.get(name), roll)));
      if ((await survives(`${part}/${name} ${seed}`, () => open(folder))) === 'taken') taken += 1;
      await writeFile(join(folder, name), JSON.stringify(whole.get(name)));
    }
  }
  expect(taken).toBeGreaterThan(100);
});

test('150 damaged folders in a library: a scan never throws, and a model beside them stays good', async () => {
  const library = join(root, 'library');
  for (const name of ['hurt', 'whole'])
    await cp(join(parityFolder, 'wan21-t2v'), join(library, name), { recursive: true });
  const small = ['model_index.json', 'scheduler/scheduler_config.json', 'vae/config.json', 'transformer/config.json'];
  for (let seed = 0; seed < 150; seed++) {
    const roll = dice(900_000 + seed);
    const name = roll.of(small);
    const source = await readFile(join(parityFolder, 'wan21-t2v', name));
    await writeFile(
      join(library, 'hurt', name),
      roll.below(2) ? mutateBytes(source, roll) : JSON.stringify(mutateJson(JSON.parse(String(source)), roll)),
    );
    const begun = performance.now();
    const catalog = await scanModels({ modelFolders: [library], dataFolder: join(root, 'data') });
    expect(performance.now() - begun, `${name} ${seed}`).toBeLessThan(5 * longMs);
    expect(catalog.get('whole')?.card.broken).toBeUndefined();
    expect(catalog.get('hurt')?.card.broken ?? 'A sentence.', `${name} ${seed}`).toMatch(/[.)]$/);
    await writeFile(join(library, 'hurt', name), source);
  }
});

test('1,000 damaged SentencePiece models', async () => {
  const whole = spieceModel(join(parityFolder, 'wan21-t2v/tokenizer/tokenizer.json'));
  // The normaliser's table is most of it; without it more of the damage meets the pieces.
  const pieces = whole.subarray(0, 6000);
  for (let seed = 0; seed < 1000; seed++) {
    const roll = dice(500_000 + seed);
    const damaged = mutateBytes(roll.below(10) ? pieces : whole, roll);
    await survives(`SentencePiece ${seed}`, () => spieceToJson(damaged, 'damaged'));
  }
});

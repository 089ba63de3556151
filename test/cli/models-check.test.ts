import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { models } from '../../server/cli/models';
import type { PartCheck } from '../../server/inference/self-check';
import { parityFolder } from '../inference/parity-files';
import { variantFolders } from '../inference/variant-folders';

let root = '';
let said: string[] = [];
beforeEach(() => {
  root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'skein-check-'));
  vi.stubEnv('SKEIN_HOME', path.join(root, 'home'));
  vi.stubEnv('SKEIN_MODELS', parityFolder);
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  said = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  fs.rmSync(root, { recursive: true, force: true });
});

// Made by self-check.py; a wrong schema shows at once.
const expected = JSON.parse(fs.readFileSync(path.join(parityFolder, 'self-check.json'), 'utf8')) as Record<
  'wan21-t2v' | 'wan22-ti2v',
  Record<string, number[]>
>;

async function check(...args: string[]): Promise<{ code: number; parts: PartCheck[] }> {
  const code = await models(['check', ...args, '--device', 'cpu', '--json']);
  return { code, ...JSON.parse(said.at(-1)!) };
}
const part = (parts: PartCheck[], name: string) => parts.find((one) => one.name === name)!;

test.each(['wan21-t2v', 'wan22-ti2v'] as const)("%s: every part's figures are those of diffusers", async (id) => {
  const { code, parts } = await check(id);
  expect(code).toBe(0);
  expect(parts.map(({ name }) => name)).toEqual(Object.keys(expected[id]));
  for (const [name, [sumOfSizes = 0, sum = 0, ...ends]] of Object.entries(expected[id])) {
    const found = part(parts, name);
    expect(Math.abs(found.sumOfSizes / sumOfSizes - 1)).toBeLessThan(1e-5);
    expect(Math.abs(found.sum - sum) / sumOfSizes).toBeLessThan(1e-5);
    for (const [i, x] of [...found.first, ...found.last].entries()) expect(x).toBeCloseTo(ends[i]!, 4);
    expect(found).toMatchObject({ providers: { cpu: expect.any(Number) } });
    expect(found.seconds).toBeGreaterThan(0);
  }
});

test('the work is counted as the shapes say', async () => {
  const { parts } = await check('wan21-t2v');
  // 2 frames of 4 x 4 patches, width 48 in 3 blocks, 128 wide inside, 16 rows of text of width 32, 16 channels of 2 x 2.
  const [n, d, inner, rows, text, blocks, patch] = [32, 48, 128, 16, 32, 3, 64];
  const block = 2 * n * d * (6 * d + 2 * inner) + 4 * n * d * (n + rows);
  const once = 2 * rows * d * (text + d) + blocks * 4 * rows * d * d; // the prompt: in the first of both runs only
  const time = 2 * d * (256 + d + 6 * d);
  const all = blocks * block + 2 * n * d * 2 * patch + (once + time) / 2;
  expect(part(parts, 'transformer').gflop * 1e9).toBeCloseTo(all, 0);
});

test('a larger size is another input; sizes that do not fit are refused with what does', async () => {
  const { parts } = await check('wan21-t2v', '--size', '96x64', '--frames', '9', '--tokens', '5');
  expect(part(parts, 'vae').shape).toEqual([1, 3, 9, 64, 96]);
  expect(part(parts, 'transformer').shape).toEqual([1, 16, 3, 8, 12]);
  expect(part(parts, 'text_encoder').shape).toEqual([1, 5, 32]);
  await expect(check('wan21-t2v', '--size', '100x64')).rejects.toThrow(/multiples of 16/);
  await expect(check('wan21-t2v', '--frames', '10')).rejects.toThrow(/multiple of 4, plus 1/);
  await expect(check('wan21-t2v', '--tokens', '0')).rejects.toThrow(/whole number/);
  await expect(check('nobody')).rejects.toThrow(/no model "nobody".*wan21-t2v/);
});

test('LTX-Video, models that see pictures and pairs of experts are run too', { timeout: 120_000 }, async () => {
  const variants = await variantFolders(path.join(root, 'models'));
  vi.stubEnv('SKEIN_MODELS', [variants, path.join(parityFolder, 'ltx')].join(path.delimiter));
  const names: Record<string, string[]> = {};
  for (const id of ['later', 'wan21-i2v-clip', 'wan21-flf2v', 'wan22-i2v-a14b']) {
    const { code, parts } = await check(id, '--frames', '1');
    expect(code).toBe(0);
    for (const { sumOfSizes, gflop } of parts) expect(Math.min(sumOfSizes, gflop)).toBeGreaterThan(0);
    names[id] = parts.map(({ name }) => name);
  }
  expect(names['later']).toEqual(['text_encoder', 'transformer', 'vae']);
  expect(names['wan22-i2v-a14b']).toEqual(['text_encoder', 'transformer', 'transformer_2', 'vae']);
});

test('weights that are no numbers are found out', async () => {
  const folder = path.join(root, 'models/spoilt');
  fs.cpSync(path.join(parityFolder, 'wan21-t2v'), folder, { recursive: true });
  vi.stubEnv('SKEIN_MODELS', path.dirname(folder));
  const file = path.join(folder, 'transformer/diffusion_pytorch_model.safetensors');
  const bytes = fs.readFileSync(file);
  fs.writeFileSync(file, bytes.fill(0xff, bytes.length - 4096)); // all ones: not a number in any type
  const { code, parts } = await check('spoilt');
  expect(code).toBe(1);
  expect(part(parts, 'transformer').says).toMatch(/not a number.*download the file again/i);
  expect(part(parts, 'vae').says).toBeUndefined();
});

test('the lines in the documentation are those that made the fixture', () => {
  const script = fs.readFileSync(path.join(parityFolder, 'self-check.py'), 'utf8');
  const page = fs.readFileSync(path.join(parityFolder, '../../docs/04-checkpoints.md'), 'utf8');
  expect(page).toContain(`\`\`\`python\n${script}\`\`\``);
});

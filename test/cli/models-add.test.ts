import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { models } from '../../server/cli/models';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { saveSingles } from '../inference/layouts';

let root = '';
let said: string[] = [];
beforeEach(() => {
  root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'skein-add-'));
  vi.stubEnv('SKEIN_HOME', path.join(root, 'home'));
  vi.stubEnv('SKEIN_MODELS', path.join(root, 'empty'));
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  said = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  fs.rmSync(root, { recursive: true, force: true });
});

test("ComfyUI's folder is added as it is; adding it again accepts what lies there now", async () => {
  const comfy = path.join(root, 'ComfyUI/models');
  await saveSingles('wan21-t2v', comfy);
  expect(await models(['add', comfy])).toBe(0);
  expect(said).toEqual(['wan21-t2v is in the library: family wan.']);
  const file = path.join(comfy, 'vae/wan21-t2v-vae.safetensors');
  const bytes = fs.readFileSync(file);
  bytes[bytes.length - 3]! ^= 1;
  fs.writeFileSync(file, bytes);
  expect(await models(['verify', 'wan21-t2v'])).toBe(1);
  expect(await models(['add', comfy])).toBe(0);
  expect(await models(['verify', 'wan21-t2v'])).toBe(0);
  said = [];
  expect(await models(['list'])).toBe(0);
  expect(said.find((line) => line.startsWith('wan21-t2v\t'))).toMatch(/wan, \d+\.\d MB\t.*diffusion_models/);
});

test('a folder of parts alone is kept for other files; one with nothing to run is refused, and no link stays', async () => {
  const strange = path.join(root, 'strange');
  fs.mkdirSync(strange);
  const weights = { 'conv_in.weight': { shape: [2], data: new Float32Array(2) } };
  fs.writeFileSync(path.join(strange, 'other.safetensors'), encodeSafetensors(weights));
  await expect(models(['add', strange])).rejects.toThrow(/no model in these files that Skein can run/);
  expect(fs.readdirSync(path.join(root, 'home/models'))).toEqual([]);
  fs.mkdirSync(path.join(root, 'none'));
  await expect(models(['add', path.join(root, 'none')])).rejects.toThrow(/no model_index\.json, and no \.safetensors/);
  const comfy = path.join(root, 'only-a-vae');
  await saveSingles('wan21-t2v', comfy);
  for (const name of ['diffusion_models', 'text_encoders']) fs.rmSync(path.join(comfy, name), { recursive: true });
  expect(await models(['add', comfy])).toBe(0);
  expect(said).toEqual(['only-a-vae holds a VAE. Models that fit it will use it.']);
});

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { models } from '../../server/cli/models';
import { prepareHub, repository } from '../hub/prepare-hub';

const set = prepareHub();
let said: string[] = [];
beforeEach(() => {
  vi.stubEnv('SKEIN_HOME', set.home);
  vi.stubEnv('SKEIN_MODELS', path.join(set.home, 'none'));
  said = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
});

test('get says what comes, brings it, and the model is in the list; a second time it is there', async () => {
  expect(await models(['get', repository, '--look'])).toBe(0);
  expect(said.join('\n')).toMatch(/1\.3 MB {2}vae\/diffusion_pytorch_model\.safetensors/);
  expect(said.join('\n')).toMatch(
    /2\.3 MB to come, 0\.0 MB left behind, .* free on this disk\.\nLicence: apache-2\.0\./,
  );
  expect(fs.existsSync(set.models())).toBe(false);
  expect(await models(['get', repository])).toBe(0);
  expect(said.at(-1)).toBe('tiny-wan is in the library.');
  said = [];
  expect(await models(['list'])).toBe(0);
  expect(said.find((line) => line.startsWith('tiny-wan\t'))).toMatch(/wan, 2\.0 MB/);
  expect(await models(['verify', 'tiny-wan'])).toBe(0);
  await expect(models(['get', repository])).rejects.toThrow('is here already');
});

test('a broken download is gone on with by the same command', async () => {
  set.hub.faults.spoilt = new Set(['vae/diffusion_pytorch_model.safetensors']);
  await expect(models(['get', repository])).rejects.toThrow('arrived damaged');
  set.hub.faults.spoilt = undefined;
  const before = set.hub.asked.length;
  expect(await models(['get', repository])).toBe(0);
  const again = set.hub.asked.slice(before).filter(({ host }) => host === 'store');
  expect(again.map(({ path: file }) => decodeURIComponent(file).includes('vae/'))).toEqual([true]);
  await expect(models(['get', 'nonsense'])).rejects.toThrow('Write owner/name');
  await expect(models(['get', repository, '--file', 'x.safetensors'])).rejects.toThrow();
});

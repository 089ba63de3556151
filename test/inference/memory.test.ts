import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { cardMemory } from '../../server/inference/card-memory';
import { freeMemory, vaeMemory, wholeMemory } from '../../server/inference/memory';

afterEach(() => {
  delete process.env['SKEIN_VAE_MEMORY'];
  vi.unstubAllEnvs();
});

test('what is free is part of the whole, and the whole no more than the machine has', () => {
  expect(wholeMemory()).toBeLessThanOrEqual(totalmem());
  expect(freeMemory()).toBeGreaterThan(0);
  expect(freeMemory()).toBeLessThanOrEqual(wholeMemory());
});

test('the VAE’s share is the same at any moment, and can be set', () => {
  expect(vaeMemory()).toBe(wholeMemory() / 4);
  process.env['SKEIN_VAE_MEMORY'] = '1e9';
  expect(vaeMemory()).toBe(1e9);
  process.env['SKEIN_VAE_MEMORY'] = 'much';
  expect(vaeMemory()).toBe(wholeMemory() / 4);
  // On a card it is a share of that, where it is known and smaller.
  expect(vaeMemory(1e9)).toBe(0.25e9);
  expect(vaeMemory(1e18)).toBe(wholeMemory() / 4);
});

/** A machine with these graphics cards, by what its driver's program prints and what its kernel says. */
async function machine(
  about: { nvidia?: string; amd?: Record<string, string> },
  use: (sysfs: string) => Promise<void>,
) {
  const folder = await mkdtemp(join(tmpdir(), 'skein-cards-'));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  if (about.nvidia !== undefined) {
    const asked = '--query-gpu=memory.total --format=csv,noheader,nounits';
    const script = `#!/bin/sh\n[ "$*" = "${asked}" ] || exit 2\n${about.nvidia}\n`;
    await writeFile(join(bin, 'nvidia-smi'), script);
    await chmod(join(bin, 'nvidia-smi'), 0o755);
  }
  for (const [card, bytes] of Object.entries(about.amd ?? {})) {
    const device = join(folder, 'class/drm', card, 'device');
    await mkdir(device, { recursive: true });
    await writeFile(join(device, 'mem_info_vram_total'), bytes);
  }
  vi.stubEnv('PATH', about.nvidia === undefined ? bin : `${bin}:/usr/bin:/bin`);
  await use(folder).finally(() => rm(folder, { recursive: true }));
}
const on = (platform: NodeJS.Platform) => (sysfs: string) => cardMemory({ platform, sysfs });

test('a graphics card is asked how much memory it has, by whoever knows', async () => {
  const linux = on('linux');
  await machine({ nvidia: 'echo 24564' }, async (sysfs) => {
    expect(await linux(sysfs)).toBe(24564 * 2 ** 20);
    expect(await on('win32')(sysfs)).toBe(24564 * 2 ** 20);
  });
  // Which of several will compute is not known: what does not fit onto the largest fits onto none.
  await machine({ nvidia: 'printf "8192\\n16384\\n"', amd: { card0: '8573157376\n' } }, async (sysfs) => {
    expect(await linux(sysfs)).toBe(2 ** 34);
  });
  await machine({ amd: { card1: '17163091968\n', 'card1-DP-1': '99999999999\n' } }, async (sysfs) => {
    expect(await linux(sysfs)).toBe(17163091968);
  });
});

test('where nobody knows, nothing is said: no card, a broken driver, a card that shares the machine’s memory', async () => {
  const unknown = async (sysfs: string) => expect(await on('linux')(sysfs)).toBeUndefined();
  await machine({}, unknown);
  await machine({ nvidia: 'echo "NVIDIA-SMI has failed because it could not communicate"; exit 9' }, unknown);
  await machine({ nvidia: 'echo "[N/A]"' }, unknown);
  await machine({ amd: { card0: '536870912\n' } }, unknown);
  await machine({}, async (sysfs) => expect(await on('darwin')(sysfs)).toBe(wholeMemory()));
});

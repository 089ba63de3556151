import { totalmem } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { freeMemory, vaeMemory, wholeMemory } from '../../server/inference/memory';

afterEach(() => {
  delete process.env['SKEIN_VAE_MEMORY'];
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
});

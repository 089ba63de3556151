import { expect, test } from 'vitest';
import { denoisingBytes, lackOfMemory } from '../../nodes/memory';
import { small } from './graphs-for-tests';

// Patches of 2 x 2 latent pixels; a clip of 5 latent frames of 16 x 16 has 320 of them.
const card = { ...small, memory: { fixed: 1.1e9, perToken: 6.25e6 } };
const clip = { frames: 5, height: 16, width: 16 };

test('the memory of a clip follows from its patches', () => {
  expect(denoisingBytes(card, clip)).toBe(3.1e9);
  expect(denoisingBytes(small, clip)).toBeUndefined();
});

test('what does not fit is refused with the longest clip that would', () => {
  expect(lackOfMemory(card, clip, 3.2e9)).toBeNull();
  expect(lackOfMemory(card, clip, 2.4e9)).toBe(
    '17 frames need 3.1 GB and 2.4 GB are free. Try 9 frames or a smaller size.',
  );
  expect(lackOfMemory(card, clip, 1.6e9)).toMatch(/Try 1 frame or a smaller size\.$/);
  expect(lackOfMemory(card, clip, 1.2e9)).toMatch(/1\.2 GB are free\. Try a smaller size\.$/);
  expect(lackOfMemory(card, { ...clip, frames: 1 }, 1.2e9)).toMatch(/^A picture of this size needs 1\.5 GB/);
  expect(lackOfMemory(card, clip, 1e9)).toMatch(/Close other programs, or choose a smaller model than Gosling\.$/);
});

test('where little is known nothing is refused', () => {
  expect(lackOfMemory(small, clip, 1)).toBeNull();
  expect(lackOfMemory(card, { frames: 5 }, 1)).toBeNull();
});

import { expect, test } from 'vitest';
import { denoisingBytes, encoderTooLarge, lackOfMemory, lackOnCard } from '../../nodes/memory';
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

// 2 GB of clip, and weights of 4 GB or, in fp16, 2.5.
const heavy = { ...card, memory: { ...card.memory, onCard: { exact: 4e9, half: 2.5e9 } } };
const on = (bytes: number, isHalf = false) => lackOnCard(heavy, clip, { bytes, isHalf });

test('a graphics card holds the weights, too: what would fit is said, in fp16 or shorter', () => {
  expect(on(6.1e9)).toBeNull();
  expect(on(4.9e9)).toBe(
    '17 frames need 6.0 GB on the graphics card, which has 4.9 GB. Try half precision for the denoiser, or 5 frames or a smaller size.',
  );
  expect(on(4.9e9, true)).toBeNull();
  // There is room for the weights in fp16 alone, and for a part of the clip.
  expect(on(3.9e9)).toMatch(/Try half precision for the denoiser and 9 frames or a smaller size\.$/);
  expect(on(3.9e9, true)).toMatch(/^17 frames need 4\.5 GB .* Try 9 frames or a smaller size\.$/);
  for (const said of [on(2e9), on(2e9, true)])
    expect(said).toMatch(
      /Choose the device cpu for the denoiser in "More" of the model node, or a smaller model than Gos/,
    );
});

test('so does it those of a text encoder', () => {
  const reading = { ...small, text: { ...small.text, onCard: { exact: 18.5e9, half: 9.3e9 } } };
  const room = (bytes: number, isHalf = false) => encoderTooLarge(reading, { bytes, isHalf });
  expect(room(24e9)).toBeNull();
  expect(room(8e9)).toMatch(
    /^The text encoder of Gosling needs 18\.5 GB on the graphics card, which has 8\.0 GB\. Choose the device cpu for it/,
  );
  expect(room(12e9)).toMatch(/Choose half precision or the device cpu for it in "More" of the model node\.$/);
  expect(room(12e9, true)).toBeNull();
  expect(encoderTooLarge(small, { bytes: 1, isHalf: false })).toBeNull();
});

test('where little is known nothing is refused', () => {
  expect(lackOfMemory(small, clip, 1)).toBeNull();
  expect(lackOfMemory(card, { frames: 5 }, 1)).toBeNull();
  expect(lackOnCard(card, clip, { bytes: 1, isHalf: false })).toBeNull();
  expect(lackOnCard(heavy, { frames: 5 }, { bytes: 1, isHalf: false })).toBeNull();
  expect(lackOnCard(heavy, clip, { bytes: Infinity, isHalf: false })).toBeNull();
});

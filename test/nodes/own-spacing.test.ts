import { expect, test } from 'vitest';
import { ownSigmas, shiftFor } from '../../nodes/denoise/own-spacing';
import { flowing } from '../../nodes/denoise/process';
import { schedules } from '../../nodes/denoise/schedules/registry';
import { sigmasFor } from '../../nodes/denoise/sigmas';
import type { CheckpointSpacing, ModelCard } from '../../nodes/values';
import { brokenCard } from '../../server/inference/card';

/** LTX-Video 0.9.0 and 0.9.1; the numbers below are those of diffusers' scheduler. */
const bySize: CheckpointSpacing = {
  curve: 'even',
  shiftBySize: { pixels: [1024, 4096], logShift: [0.95, 2.05] },
  terminal: 0.1,
};
const later: CheckpointSpacing = { curve: 'linear-quadratic' };
const card = (spacing?: CheckpointSpacing): ModelCard => ({ ...brokenCard('x', ''), ...(spacing ? { spacing } : {}) });
const near = (found: ArrayLike<number>, wanted: readonly number[]) => {
  expect(found.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, 6);
};

test('the shift of a clip grows with its latent pixels, beyond both ends of the line', () => {
  expect(Math.log(shiftFor(card(bySize), [128, 2, 2, 2]))).toBeCloseTo(0.5861979166666665, 10);
  expect(Math.log(shiftFor(card(bySize), [128, 21, 16, 22]))).toBeCloseTo(3.2302083333333327, 10);
  expect(shiftFor(card(), [128, 2, 2, 2])).toBe(card().defaults.shift);
});

test('a distilled model goes by the very sigmas it was taught; fewer steps take the first, more the curve', () => {
  const taught = [1, 0.9937, 0.9875, 0.9812, 0.975, 0.9094, 0.725, 0.4219];
  const distilled = { ...later, taught };
  near(ownSigmas(distilled, { steps: 8, shift: 3 }).sigmas, [...taught, 0]);
  near(ownSigmas(distilled, { steps: 7, shift: 1 }).sigmas, [...taught.slice(0, 7), 0]);
  expect(ownSigmas(distilled, { steps: 9, shift: 1 })).toEqual(ownSigmas(later, { steps: 9, shift: 1 }));
});

test('even steps, shifted and stretched to the terminal sigma', () => {
  const shift = shiftFor(card(bySize), [128, 2, 2, 2]);
  const { sigmas, timesteps } = ownSigmas(bySize, { steps: 6, shift });
  near(sigmas, [1, 0.8774764, 0.733694, 0.5625944, 0.3555756, 0.1, 0]);
  near(
    timesteps,
    [...sigmas.slice(0, 6)].map((sigma) => Math.fround(1000 * sigma)),
  );
  near(
    ownSigmas(bySize, { steps: 10, shift: Math.exp(1.5) }).sigmas,
    [1, 0.9673845, 0.9287691, 0.8823308, 0.8254241, 0.7540596, 0.661926, 0.5384127, 0.3641979, 0.1, 0],
  );
  near(ownSigmas(bySize, { steps: 1, shift: 2 }).sigmas, [1, 0]);
});

test('half of the steps in the noisiest fortieth, then a parabola', () => {
  near(
    ownSigmas(later, { steps: 7, shift: 1 }).sigmas,
    [1, 0.9916667, 0.9833333, 0.975, 0.9078125, 0.7229167, 0.4203125, 0],
  );
  near(
    ownSigmas(later, { steps: 8, shift: 1 }).sigmas,
    [1, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875, 0],
  );
  near(ownSigmas(later, { steps: 2, shift: 1 }).sigmas, [1, 0.975, 0]);
  near(ownSigmas(later, { steps: 1, shift: 1 }).sigmas, [1, 0]);
});

test("only the checkpoint's own schedule asks for it, whatever the sampler", () => {
  const about = { steps: 8, process: flowing(1), strength: 1, own: later };
  const wanted = [...ownSigmas(later, { steps: 8, shift: 1 }).sigmas];
  for (const spacing of ['match-euler', 'unipc', 'dpm'] as const) {
    expect([...sigmasFor(schedules.flow, { ...about, sampler: { spacing } }).sigmas]).toEqual(wanted);
    expect([...sigmasFor(schedules.simple, { ...about, sampler: { spacing } }).sigmas]).not.toEqual(wanted);
  }
  const half = sigmasFor(schedules.flow, { ...about, steps: 4, sampler: { spacing: 'unipc' }, strength: 0.5 });
  expect([...half.sigmas]).toEqual(wanted.slice(4));
});

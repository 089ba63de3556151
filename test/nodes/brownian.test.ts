import { describe, expect, test } from 'vitest';
import { BrownianPath } from '../../nodes/denoise/brownian';
import { evenly } from '../../nodes/denoise/flow';
import { freshNoise, pathNoise } from '../../nodes/denoise/fresh-noise';
import { flowing } from '../../nodes/denoise/process';
import { samplers } from '../../nodes/denoise/samplers/registry';
import { timed } from '../../nodes/denoise/spacing';
import { torchNoise } from '../../server/inference/noise';
import { sha256 } from '../../server/inference/sha256';
import { drive, type Velocity, worst } from './drive';

const count = 4096;
const draw = (level: number, place: number) => torchNoise(1_000_003 * level + place + 17).normal(count);
const list = evenly(1, 0, 9);
const path = () => new BrownianPath(1, list, draw);
const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0) / count;

describe('a Brownian path', () => {
  test('noise of every span has unit variance, and spans that do not meet have nothing in common', () => {
    const one = path();
    const spans = list.slice(1).map((sigma, i) => one.over(list[i]!, sigma));
    // Five standard errors over 4096 draws.
    for (const [i, span] of spans.entries()) {
      expect(Math.abs(product(span, span) - 1)).toBeLessThan(0.12);
      for (const other of spans.slice(0, i)) expect(Math.abs(product(span, other))).toBeLessThan(0.08);
    }
  });

  test('a span is the sum of its parts, in whatever order they are asked for', () => {
    const [one, two] = [path(), path()];
    const low = two.over(0.5, 0.25);
    const whole = one.over(1, 0.25).map((value) => value * Math.sqrt(0.75));
    const high = two.over(1, 0.5);
    const parts = high.map((value, i) => value * Math.sqrt(0.5) + low[i]! * Math.sqrt(0.25));
    expect(worst(whole, parts)).toBeLessThan(1e-5);
    expect(worst(one.over(1, 0.5), high)).toBe(0);
  });
});

test('with one path more steps refine the same clip; with noise of their own they make another', async () => {
  const process = flowing(1);
  const velocity: Velocity = (x, sigma) =>
    x.map((value) => {
      const gain = (0.25 * (1 - sigma)) / ((0.5 * (1 - sigma)) ** 2 + sigma ** 2);
      return (value - gain * value) / sigma;
    });
  const first = torchNoise(3).normal(512);
  const clip = async (steps: number, isPath: boolean) => {
    const steady = timed(evenly(0.98, 0, steps + 1), process);
    const ctx = { noise: torchNoise, sha256 };
    const noise = isPath ? pathNoise(first, ctx, { sigmas: steady.sigmas, largest: 1 }) : freshNoise(first, ctx);
    const { latents } = await drive(samplers['dpmpp-2m-sde'], { x: first, list: steady, velocity, process, noise });
    return latents.at(-1)!;
  };
  const apart = async (isPath: boolean) => {
    const [coarse, fine] = [await clip(32, isPath), await clip(128, isPath)];
    return Math.sqrt(coarse.reduce((sum, value, i) => sum + (value - fine[i]!) ** 2, 0) / 512);
  };
  const [own, same] = [await apart(false), await apart(true)];
  expect(same).toBeLessThan(own / 4);
});

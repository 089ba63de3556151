import { freshNoise } from '../nodes/denoise/fresh-noise';
import { flowing } from '../nodes/denoise/process';
import { samplers } from '../nodes/denoise/samplers/registry';
import type { Sampler, View } from '../nodes/denoise/sampling';
import { schedules } from '../nodes/denoise/schedules/registry';
import { fittedTo } from '../nodes/denoise/sigmas';
import { torchNoise } from '../server/inference/noise';

/** Latents of Wan at 480p and 81 frames: 16 channels, 21 frames, 60 x 104. */
const count = 16 * 21 * 60 * 104;

/** Milliseconds of one look of Wan 2.1 1.3B at that size on an A800: 175.35 s over 50 steps of one each, both texts asked. */
const lookOnGpu = 175_350 / 50;

const steps = 8;
/** Seconds of other programs on a shared machine do not count: this is the process's own time. */
const ownMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const rounded = (value: number) => Number(value.toFixed(2));

/**
 * Milliseconds of every sampler's own arithmetic per step at Wan's 480p latents, the network left out; of noisy ones the
 * drawing of noise is told apart. Beside it the share of a step on a fast GPU, with as many looks as the sampler takes
 * in one. Medians over one clip of eight steps.
 */
export async function measure(): Promise<Record<string, unknown>> {
  const x = torchNoise(1).normal(count);
  const answer = torchNoise(2).normal(count);
  const draw = freshNoise(x, { noise: torchNoise });
  // The first draw of a clip also hashes the noise it began with.
  let noise = draw(0);
  const draws: number[] = [];
  for (let index = 1; index <= 5; index++) {
    const begun = ownMs();
    noise = draw(index);
    draws.push(ownMs() - begun);
  }
  const drawing = median(draws);
  const found: Record<string, { ms: number; percentOfGpuStep: number }> = {};
  for (const sampler of Object.values<Sampler>(samplers)) {
    const looks = sampler.calls(100);
    // One that chooses its own strides has no step to be timed.
    if (looks === null) continue;
    const ms = await timeOf(sampler);
    found[sampler.name] = {
      ms: rounded(ms),
      percentOfGpuStep: rounded((100 * ms) / (Math.round(looks / 100) * lookOnGpu)),
    };
  }

  async function timeOf(sampler: Sampler): Promise<number> {
    const flow = flowing(5);
    const list = fittedTo(sampler, schedules.simple.make({ steps, process: flow, spacing: sampler.spacing }), flow);
    const state = { arrays: {}, numbers: {} };
    const view: View = { velocity: answer, unguided: answer };
    const times: number[] = [];
    let at = x;
    for (let index = 0; index < list.timesteps.length; index++) {
      const start = ownMs();
      const done = await sampler.step(at, {
        ...list,
        index,
        process: flow,
        asked: steps,
        eta: 1,
        cfgpp: false,
        state,
        noise: () => noise,
        view: async () => view,
        velocity: async () => answer,
      });
      times.push(ownMs() - start);
      at = done.x;
    }
    // The last step is the shortest, and the first warms up.
    return median(times.slice(1, -1));
  }
  return {
    values: count,
    drawNoiseMs: rounded(drawing),
    drawPercentOfGpuStep: rounded((100 * drawing) / lookOnGpu),
    steps: found,
    mostPercentOfGpuStep: Math.max(...Object.values(found).map(({ percentOfGpuStep }) => percentOfGpuStep)),
  };
}

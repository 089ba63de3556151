import { freshNoise } from '../nodes/denoise/fresh-noise';
import { flowing } from '../nodes/denoise/process';
import { samplers } from '../nodes/denoise/samplers/registry';
import type { Sampler, Stepping, View } from '../nodes/denoise/sampling';
import { schedules } from '../nodes/denoise/schedules/registry';
import { fittedTo } from '../nodes/denoise/sigmas';
import { torchNoise } from '../server/inference/noise';
import { sha256 } from '../server/inference/sha256';

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
function timed<T>(make: () => T): { made: T; ms: number } {
  const begun = ownMs();
  const made = make();
  return { made, ms: ownMs() - begun };
}
const rounded = (value: number) => Number(value.toFixed(2));

/**
 * Milliseconds of every sampler's own arithmetic per step at Wan's 480p latents, the network left out, and of the noise it
 * draws. Beside them the share of both in a step on a fast GPU, with as many looks as the sampler takes in one. Medians over
 * a clip of eight steps; of three clips the one that was disturbed least counts.
 */
export async function measure(): Promise<Record<string, unknown>> {
  const x = torchNoise(1).normal(count);
  const answer = torchNoise(2).normal(count);
  const draw = freshNoise(x, { noise: torchNoise, sha256 });
  // The first draw of a clip also hashes the noise it began with.
  const firstDraw = timed(() => draw(0));
  const drawing = median([1, 2, 3, 4, 5, 6, 7].map((index) => timed(() => draw(index)).ms));
  const found: Record<string, { ms: number; noiseMs: number; percentOfGpuStep: number }> = {};
  for (const sampler of Object.values<Sampler>(samplers)) {
    const looks = sampler.calls(100);
    // One that chooses its own strides has no step to be timed.
    if (looks === null) continue;
    const clips = [await timeOf(sampler), await timeOf(sampler), await timeOf(sampler)];
    const { ms, noiseMs } = clips.reduce((a, b) => (a.ms + a.noiseMs <= b.ms + b.noiseMs ? a : b));
    found[sampler.name] = {
      ms: rounded(ms),
      noiseMs: rounded(noiseMs),
      percentOfGpuStep: rounded((100 * (ms + noiseMs)) / (Math.round(looks / 100) * lookOnGpu)),
    };
  }

  async function timeOf(sampler: Sampler): Promise<{ ms: number; noiseMs: number }> {
    const flow = flowing(5);
    const list = fittedTo(sampler, schedules.simple.make({ steps, process: flow, spacing: sampler.spacing }), flow);
    const state = { arrays: {}, numbers: {} };
    const view: View = { velocity: answer, unguided: answer };
    const times: { ms: number; noiseMs: number }[] = [];
    let noiseMs = 0;
    const noise: Stepping['noise'] = (...name) => {
      const { made, ms } = timed(() => draw(name[0], name[1]));
      noiseMs += ms;
      return made;
    };
    let at = x;
    for (let index = 0; index < list.timesteps.length; index++) {
      noiseMs = 0;
      const start = ownMs();
      const done = await sampler.step(at, {
        ...list,
        index,
        process: flow,
        asked: steps,
        eta: 1,
        cfgpp: false,
        state,
        noise,
        view: async () => view,
        velocity: async () => answer,
      });
      times.push({ ms: ownMs() - start - noiseMs, noiseMs });
      at = done.x;
    }
    // The last step is the shortest, and the first warms up.
    const inner = times.slice(1, -1);
    return { ms: median(inner.map((time) => time.ms)), noiseMs: median(inner.map((time) => time.noiseMs)) };
  }
  return {
    values: count,
    drawNoiseMs: rounded(drawing),
    firstDrawMs: rounded(firstDraw.ms),
    steps: found,
    mostPercentOfGpuStep: Math.max(...Object.values(found).map(({ percentOfGpuStep }) => percentOfGpuStep)),
  };
}

import { freshNoise } from '../nodes/denoise/fresh-noise';
import { flowing } from '../nodes/denoise/process';
import { samplers } from '../nodes/denoise/samplers/registry';
import type { Sampler, Stepping, View } from '../nodes/denoise/sampling';
import { schedules } from '../nodes/denoise/schedules/registry';
import { fittedTo } from '../nodes/denoise/sigmas';
import type { MediaDoor, ModelDoor, StepState } from '../nodes/machine';
import { torchNoise } from '../server/inference/noise';
import { sha256 } from '../server/inference/sha256';
import { openCheckpoints } from '../server/store/blobs-checkpoints';
import { openMachine } from '../server/worker/machine';
import { inScratch } from './scratch';

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

/** Milliseconds of one step: the sampler's arithmetic, the noise it draws, and what it remembers handed to the machine. */
interface Times {
  ms: number;
  noiseMs: number;
  handOverMs: number;
}
const sum = ({ ms, noiseMs, handOverMs }: Times) => ms + noiseMs + handOverMs;

/**
 * Milliseconds of every sampler's own arithmetic per step at Wan's 480p latents, the network left out, of the noise it
 * draws, and of handing what it remembers to the machine, as after every step. Beside them the share of all three in a step
 * on a fast GPU, with as many looks as the sampler takes in one; and what a checkpoint takes, which is written once a second
 * at most. Medians over a clip of eight steps; of three clips the one that was disturbed least counts.
 */
export async function measure() {
  return inScratch(1e9, measureIn);
}

async function measureIn(folder: string): Promise<Record<string, unknown>> {
  const checkpoints = openCheckpoints(folder);
  const x = torchNoise(1).normal(count);
  const answer = torchNoise(2).normal(count);
  const draw = freshNoise(x, { noise: torchNoise, sha256 });
  // The first draw of a clip also hashes the noise it began with.
  const firstDraw = timed(() => draw(0));
  const drawing = median([1, 2, 3, 4, 5, 6, 7].map((index) => timed(() => draw(index)).ms));
  const found: Record<string, Times & { checkpointMs: number; percentOfGpuStep: number }> = {};
  for (const sampler of Object.values<Sampler>(samplers)) {
    const looks = sampler.calls(100);
    // One that chooses its own strides has no step to be timed.
    if (looks === null) continue;
    const clips = [await timeOf(sampler), await timeOf(sampler), await timeOf(sampler)];
    const least = clips.reduce((a, b) => (sum(a) <= sum(b) ? a : b));
    found[sampler.name] = {
      ms: rounded(least.ms),
      noiseMs: rounded(least.noiseMs),
      handOverMs: rounded(least.handOverMs),
      checkpointMs: rounded(Math.min(...clips.map(({ checkpointMs }) => checkpointMs))),
      percentOfGpuStep: rounded((100 * sum(least)) / (Math.round(looks / 100) * lookOnGpu)),
    };
  }

  async function timeOf(sampler: Sampler): Promise<Times & { checkpointMs: number }> {
    const flow = flowing(5);
    const list = fittedTo(sampler, schedules.simple.make({ steps, process: flow, spacing: sampler.spacing }), flow);
    const state = { arrays: {}, numbers: {} };
    const view: View = { velocity: answer, unguided: answer };
    const times: Times[] = [];
    const { ctx } = machine();
    let saved: StepState = state;
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
      const ms = ownMs() - start - noiseMs;
      at = done.x;
      saved = { arrays: { ...state.arrays, x: at }, numbers: { ...state.numbers } };
      const handed = ownMs();
      await ctx.step({ index, of: steps + 1, state: saved });
      times.push({ ms, noiseMs, handOverMs: ownMs() - handed });
    }
    const saving = ownMs();
    await checkpoints.save('bench', 0, saved);
    const checkpointMs = ownMs() - saving;
    // The last step is the shortest, and the first warms up.
    const inner = times.slice(1, -1);
    const inMiddle = (name: keyof Times) => median(inner.map((time) => time[name]));
    return { ms: inMiddle('ms'), noiseMs: inMiddle('noiseMs'), handOverMs: inMiddle('handOverMs'), checkpointMs };
  }
  /** The real one, that saves no checkpoint by itself. */
  function machine() {
    const { signal } = new AbortController();
    // A step asks for neither.
    const doors = { models: {} as ModelDoor, media: {} as MediaDoor };
    const job = { node: 'denoiser', fingerprint: 'bench', signal, fresh: true, tell: () => {}, keep: async () => {} };
    return openMachine({ ...doors, checkpoints, checkpointEvery: Number.POSITIVE_INFINITY }, job);
  }
  return {
    values: count,
    drawNoiseMs: rounded(drawing),
    firstDrawMs: rounded(firstDraw.ms),
    steps: found,
    mostPercentOfGpuStep: Math.max(...Object.values(found).map(({ percentOfGpuStep }) => percentOfGpuStep)),
  };
}

import { evenly, shifted } from '../flow';
import { ownSigmas } from '../own-spacing';
import { between, type Process } from '../process';
import type { FlowSpacing, Schedule, Sigmas } from '../sampling';
import { timed } from '../spacing';

const least = 1 / 1000;

/** Each home library spaces the same curve in its own way; diffusers 0.37 and later, which are what checkpoints expect. */
const spacings: Record<FlowSpacing, (steps: number, shift: number) => Sigmas> = {
  // FlowMatchEuler: the smallest sigma is shifted twice, once in its table and once with the list.
  'match-euler'(steps, shift) {
    const sigmas = evenly(1, shifted(least, shift), steps).map((sigma) => shifted(sigma, shift));
    return {
      sigmas: Float32Array.from([...sigmas, 0]),
      timesteps: Float32Array.from(sigmas, (sigma) => 1000 * Math.fround(sigma)),
    };
  },
  // UniPC: one more than asked for without the last; the first just below pure noise; timesteps lose their fraction.
  unipc(steps, shift) {
    const sigmas = evenly(1, least, steps + 1)
      .slice(0, -1)
      .map((sigma) => shifted(sigma, shift));
    if (Math.abs(sigmas[0]! - 1) < 1e-6) sigmas[0] = sigmas[0]! - 1e-6;
    return { sigmas: Float32Array.from([...sigmas, 0]), timesteps: truncated(sigmas) };
  },
  // DPM-Solver++: counts from the clean end, hence starts at the shifted 0.999.
  dpm(steps, shift) {
    const sigmas = evenly(1, least, steps + 1)
      .map((share) => shifted(1 - share, shift))
      .reverse()
      .slice(0, -1);
    return { sigmas: Float32Array.from([...sigmas, 0]), timesteps: truncated(sigmas) };
  },
};

const truncated = (sigmas: number[]) => Float32Array.from(sigmas, (sigma) => Math.trunc(1000 * sigma));

/**
 * The same for models of epsilon and v prediction: Euler's home takes `steps` even times, whole or not, solvers over
 * log-SNR one more without the last, rounded to whole ones.
 */
function growingSigmas(steps: number, process: Process, spacing: FlowSpacing): Sigmas {
  const last = process.table.length - 1;
  const times =
    spacing === 'match-euler'
      ? evenly(last, 0, steps)
      : evenly(last, 0, steps + 1)
          .slice(0, -1)
          .map(Math.round);
  return {
    ...timed([...times.map((time) => between(process.table, time)), 0], process),
    timesteps: Float32Array.from(times),
  };
}

const flow: Schedule = {
  name: 'flow',
  title: 'Flow',
  says: "The checkpoint's own spacing, as diffusers does it for the chosen sampler. Take this unless you know why not.",
  make({ steps, process, spacing, own }) {
    if (process.name === 'growing') return growingSigmas(steps, process, spacing);
    const { shift } = process;
    return own ? ownSigmas(own, { steps, shift }) : spacings[spacing](steps, shift);
  },
};
export default flow;

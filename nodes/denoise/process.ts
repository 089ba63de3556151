import { dataShare, logSnr, noiseShare, shifted } from './flow';

/**
 * How data turns into noise, and how far along it a network was taught: `x = data(sigma) * clip + sigma * noise`.
 * `flow`: data(sigma) is 1 - sigma. `growing`: data stays 1 and noise grows over it, which is how k-diffusion writes
 * models of epsilon and v prediction (their own x is this one divided by sqrt(sigma^2 + 1)). In both, dx/dsigma is
 * (x - clip) / sigma.
 */
export interface Process {
  name: 'flow' | 'growing';
  /** How far a flow's steps are moved towards noise; 1 where there is no such thing. */
  shift: number;
  data(sigma: number): number;
  /** The share of noise; sigma itself, but for a flow's kept just below 1 where its data is kept just above 0. */
  noise(sigma: number): number;
  /** ln(data / sigma): half the log of the signal-to-noise ratio. Infinite at sigma 0. */
  logSnr(sigma: number): number;
  /** The sigma of a `logSnr`. */
  sigmaOfLogSnr(logSnr: number): number;
  /** Sigmas of the training times, rising, and the two ends between which schedules lie. */
  table: readonly number[];
  smallest: number;
  largest: number;
  /** The sigma of a time, which need not be whole. */
  sigmaOf(timestep: number): number;
  /** What the network is told at a sigma, on the scale of its training times. */
  timestepOf(sigma: number): number;
  /** The sigma after this part (0..1) of the way from noise to data. */
  sigmaAfter(part: number): number;
}

/** Flow matching at a shift. */
export const flowing = (shift: number): Process => ({
  name: 'flow',
  shift,
  data: dataShare,
  noise: noiseShare,
  logSnr,
  sigmaOfLogSnr: (value) => 1 / (1 + Math.exp(value)),
  table: Array.from({ length: 1000 }, (_, i) => shifted((i + 1) / 1000, shift)),
  smallest: shifted(1 / 1000, shift),
  largest: 1,
  sigmaOf: (timestep) => shifted(timestep / 1000, shift),
  timestepOf: (sigma) => 1000 * sigma,
  sigmaAfter: (part) => shifted(1 - part, shift),
});

/** Noise added a little at every training time, from `first` to `last`: evenly, or evenly in the square root. */
export interface Betas {
  first: number;
  last: number;
  curve: 'linear' | 'scaled-linear';
  count?: number;
}

/**
 * The process of a model of epsilon or v prediction (Ho et al. 2020, 2006.11239). Tables are rounded to fp32 where
 * diffusers rounds them: betas, 1 - beta, their products and sigmas.
 */
export function growing({ first, last, curve, count = 1000 }: Betas): Process {
  const ends = curve === 'linear' ? [first, last] : [Math.sqrt(first), Math.sqrt(last)];
  let product = 1;
  const table = Array.from({ length: count }, (_, i) => {
    const step = Math.fround(ends[0]! + ((ends[1]! - ends[0]!) * i) / (count - 1));
    const beta = curve === 'linear' ? step : Math.fround(step * step);
    product *= Math.fround(1 - beta);
    const kept = Math.fround(product);
    return Math.fround(Math.sqrt((1 - kept) / kept));
  });
  const logs = table.map(Math.log);
  return {
    name: 'growing',
    shift: 1,
    data: () => 1,
    noise: (sigma) => sigma,
    logSnr: (sigma) => -Math.log(sigma),
    sigmaOfLogSnr: (value) => Math.exp(-value),
    table,
    smallest: table[0]!,
    largest: table.at(-1)!,
    sigmaOf: (timestep) => Math.exp(between(logs, Math.min(count - 1, Math.max(0, timestep)))),
    timestepOf: (sigma) => placeIn(logs, Math.log(sigma)),
    sigmaAfter: (part) =>
      part <= 0 ? table.at(-1)! : part >= 1 ? 0 : Math.exp(between(logs, (1 - part) * (count - 1))),
  };
}

/** The value at a place that need not be whole, on straight lines. */
export function between(values: readonly number[], place: number): number {
  const low = Math.floor(place);
  const share = place - low;
  return share === 0 ? values[low]! : (1 - share) * values[low]! + share * values[low + 1]!;
}

/** The place of a value in a rising list; the ends for values beyond them. */
function placeIn(values: readonly number[], value: number): number {
  let [low, high] = [0, values.length - 1];
  if (value <= values[low]!) return low;
  if (value >= values[high]!) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= value) low = middle;
    else high = middle;
  }
  return low + (value - values[low]!) / (values[high]! - values[low]!);
}

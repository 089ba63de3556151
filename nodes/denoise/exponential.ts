import type { Process } from './process';

/**
 * Exponential integrators solve dx/dsigma = (x - clip) / sigma exactly but for the clip, which they take for a polynomial
 * in some clock that ticks as noise goes: `x' = sigma'/sigma x + data' (1 - e^-h) clip + ...`, h the ticks of the step
 * (Hochbruck and Ostermann 2010, Acta Numerica 19). With either clock of a growing process the formulas are the same.
 */
export interface Clock {
  /** The share of data that belongs to the clock: e^time is data / sigma. */
  data(sigma: number): number;
  noise(sigma: number): number;
  time(sigma: number): number;
  sigma(time: number): number;
}

/** -ln sigma: the clock of k-diffusion, also on flow models. */
export const logSigma: Clock = {
  data: () => 1,
  noise: (sigma) => sigma,
  time: (sigma) => -Math.log(sigma),
  sigma: (time) => Math.exp(-time),
};

/** Half the log of the signal-to-noise ratio: the clock of the DPM-Solver papers. */
export const logSnrOf = (process: Process): Clock => ({
  data: process.data,
  noise: process.noise,
  time: process.logSnr,
  sigma: process.sigmaOfLogSnr,
});

/** phi_1(z) = (e^z - 1) / z, and phi_2(z) = (phi_1(z) - 1) / z: both smooth at 0, where they are 1 and 1/2. */
export const phi1 = (z: number): number => (Math.abs(z) < 1e-8 ? 1 + z / 2 : Math.expm1(z) / z);
export const phi2 = (z: number): number => (Math.abs(z) < 1e-4 ? 0.5 + z / 6 : (phi1(z) - 1) / z);
export const phi3 = (z: number): number => (Math.abs(z) < 1e-3 ? 1 / 6 + z / 24 : (phi2(z) - 0.5) / z);

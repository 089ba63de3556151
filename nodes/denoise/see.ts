import { foresee } from './flow';
import type { Stepping } from './sampling';

/** What a sampler goes by. */
export interface Seen {
  /** The clip as foreseen, guidance and all. */
  clip: Float32Array;
  /** The clip that the noise is told from: the same, or with CFG++ the one foreseen without guidance. */
  away: Float32Array;
}

/** Asks the network at x and this step's sigma. */
export const see = (x: Float32Array, at: Stepping): Promise<Seen> => seeAt(x, at.sigmas[at.index]!, at);

/** Asks it from another place within the step. */
export async function seeAt(x: Float32Array, sigma: number, at: Stepping): Promise<Seen> {
  const isHere = sigma === at.sigmas[at.index];
  const { velocity, unguided } = await at.view(x, sigma, isHere ? at.timesteps[at.index] : undefined);
  const clip = foresee(x, velocity, sigma);
  return { clip, away: at.cfgpp ? foresee(x, unguided, sigma) : clip };
}

/** The clip alone, as foreseen from another place within the step. */
export const foreseeAt = async (x: Float32Array, sigma: number, at: Stepping): Promise<Float32Array> =>
  foresee(x, await at.velocity(x, sigma), sigma);

/** This step's two sigmas. */
export const ends = ({ sigmas, index }: Stepping): [sigma: number, next: number] => [
  sigmas[index]!,
  sigmas[index + 1]!,
];

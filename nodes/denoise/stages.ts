import { combine } from './combine';
import type { Stepping } from './sampling';

/**
 * The noise of a stochastic step that looks from several places: a path through them, so that what is added at a later
 * place goes on from what was added at the earlier ones. Places are in ticks of log-SNR from the step's start.
 */
export class NoisePath {
  private ticks = 0;
  private draws = 0;
  private sum: Float32Array | null = null;
  private sigma: number;

  constructor(private readonly at: Stepping) {
    this.sigma = at.sigmas[at.index]!;
  }

  /** Noise of variance `1 - e^(-2 eta ticks)`, to be scaled by `sigma`, which is so many ticks on; null without eta. */
  upTo(ticks: number, sigma: number): Float32Array | null {
    const { eta, index } = this.at;
    if (eta <= 0) return null;
    const further = (ticks - this.ticks) * eta;
    const fresh = [
      Math.sqrt(-Math.expm1(-2 * further)),
      this.at.noise(index, this.draws, [this.sigma, sigma]),
    ] as const;
    this.sum = combine(this.sum ? [[Math.exp(-further), this.sum], fresh] : [fresh]);
    this.draws += 1;
    this.ticks = ticks;
    this.sigma = sigma;
    return this.sum;
  }
}

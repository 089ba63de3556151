import { strengthFeeds } from '../../onnx/deltas';
import { type FloatTensor, integers, type Session, type Tensor } from '../../session';
import { timeFeatures } from './time-features';

interface Times {
  /** On the 0..1000 scale: one for the clip or one per latent frame. */
  timesteps: number | readonly number[];
  loraStrengths?: readonly number[] | undefined;
}

/** What blocks are told of time: vectors of the K distinct times, and which of them each group of tokens is at. */
export interface TimeFeeds {
  /** [K, all vectors of all blocks]; see modulation.ts. */
  modulation: FloatTensor;
  /** [G, 1]. */
  which: Tensor;
  /** [G, -1, width]: how tokens are seen as groups that share a time. */
  grouping: Tensor;
}

/** Embeds the distinct timesteps; both passes of guidance ask for the same ones, so the last answer is kept. */
export class KnownTimes {
  private last: { key: string; modulation: FloatTensor } | undefined;

  /** `features` is the number of sinusoids, `width` that of the network. */
  constructor(
    private readonly widths: { features: number; width: number },
    private readonly open: () => Promise<Session>,
  ) {}

  async of({ timesteps, loraStrengths = [] }: Times, frames: number): Promise<TimeFeeds> {
    const perFrame = typeof timesteps === 'number' ? [timesteps] : timesteps;
    if (perFrame.length !== 1 && perFrame.length !== frames) {
      throw new Error(
        `${perFrame.length} timesteps were given for ${frames} latent frames. Give one, or one per frame.`,
      );
    }
    const distinct = [...new Set(perFrame)];
    const which = distinct.length === 1 ? [0] : perFrame.map((timestep) => distinct.indexOf(timestep));
    const key = `${distinct.join()} ${loraStrengths.join()}`;
    const { features: count, width } = this.widths;
    if (this.last?.key !== key) {
      const features = { data: timeFeatures(distinct, count), shape: [distinct.length, count] };
      const session = await this.open();
      const feeds = { features, ...strengthFeeds(loraStrengths) };
      this.last = { key, ...(await session.run(feeds, ['modulation'])) };
    }
    const { modulation } = this.last;
    const groups = which.length;
    return { modulation, which: integers(which, [groups, 1]), grouping: integers([groups, -1, width]) };
  }
}

import type { Denoiser } from '../../../../nodes/machine';
import type { ModelCard, PinsValue } from '../../../../nodes/values';
import { type KnownFrames, type KnownFramesMakers, knownFrames } from './known-frames';
import type { WanTransformer } from './transformer';

/** One network, which opens by itself when it is asked. */
export type Network = Pick<WanTransformer, 'predict' | 'release'>;
type Call = Parameters<Denoiser['predict']>[0];

/**
 * Wan's denoiser as nodes know it: one network, or two that take turns (the A14B pair), with or without known frames
 * beside the clip. A network opens when its part of the schedule begins, and the other one's memory is given back then.
 */
export class WanDenoiser implements Denoiser {
  private current: Network | undefined;
  private known: { pins: PinsValue; frames: Promise<KnownFrames> } | undefined;

  constructor(
    readonly card: ModelCard,
    /** By noise: the first for the noisy part of the schedule. */
    private readonly networks: readonly Network[],
    private readonly about: {
      makers?: KnownFramesMakers | undefined;
      /** Asked before a network opens; throws what would fit when this clip does not. */
      mustHaveRoom?(shape: Call['shape']): void;
    } = {},
  ) {}

  async predict({ frames, network: which, ...call }: Call): Promise<Float32Array> {
    if (!this.current) this.about.mustHaveRoom?.(call.shape);
    // Encoded before the network is opened: the two need not be in memory at once.
    const known = await this.knownOf(frames);
    const network = await this.turnOf(call.timesteps, which);
    return network.predict({ ...call, ...known });
  }

  async release(): Promise<void> {
    await this.current?.release();
    this.current = undefined;
    this.known = undefined;
  }

  private async turnOf(timesteps: Call['timesteps'], which: Call['network']): Promise<Network> {
    const noisiest = typeof timesteps === 'number' ? timesteps : Math.max(...timesteps);
    const { experts } = this.card;
    const isLater = which ? which === 'second' : noisiest < 1000 * (experts?.boundary ?? 0);
    const index = experts && isLater ? 1 : 0;
    const network = this.networks[index]!;
    if (this.current && this.current !== network) await this.current.release();
    this.current = network;
    return network;
  }

  private knownOf(pins: PinsValue | undefined): Promise<KnownFrames> | undefined {
    const { makers } = this.about;
    if (!makers) return undefined;
    if (!pins) {
      throw new Error(
        `${this.card.title} brings a picture to life and was given none. Connect a frame conditioner to "Frames".`,
      );
    }
    if (this.known?.pins !== pins) {
      const frames = knownFrames(pins, makers);
      const known = { pins, frames };
      this.known = known;
      frames.catch(() => {
        if (this.known === known) this.known = undefined;
      });
    }
    return this.known.frames;
  }
}

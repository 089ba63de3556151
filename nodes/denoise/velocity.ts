import type { Denoiser } from '../machine';
import type { ConditioningValue, LatentValue, PinsValue } from '../values';
import { EasyCache } from './easy-cache';
import { linksAtWork } from './guidance-chain';
import { type GuidanceLink, led, type Said } from './guiding';
import type { KnownFrames, Place } from './known-frames';
import { type Prediction, shownTo, velocityBy } from './prediction';
import type { Process } from './process';
import type { Stepping, View } from './sampling';

/**
 * What samplers see: known frames shown to the network at their own times, and further texts asked where a guidance of the
 * chain is at work (its interval is in shares of the steps: Kynkäänniemi et al. 2024, 2404.07724). Of several that lead at
 * the same step the last one leads; those that change a result follow it. With a cache not every answer is asked for; what
 * it remembers lies in `state`, with what the sampler does.
 */
export function viewOf(about: {
  denoiser: Denoiser;
  noise: LatentValue;
  text: ConditioningValue;
  avoid: ConditioningValue | undefined;
  /** Given to networks that take them as channels of their own; `known` is about all others. */
  pins: PinsValue | undefined;
  known: KnownFrames;
  process: Process;
  prediction: Prediction;
  chain: readonly GuidanceLink[];
  /** Scale of the second network, where two take turns. */
  secondScale: number | null;
  /** The step after which the second works; null where the times of the two say it. */
  secondAfter: number | null;
  cfgpp: boolean;
  easyCache: number;
  of: number;
  state: Stepping['state'];
  signal: AbortSignal;
}) {
  const { denoiser, noise, text, avoid, known, process, prediction, cfgpp, secondAfter, of, state, signal } = about;
  const { pinsBy, experts } = denoiser.card;
  const { shape, beside } = known;
  const cache = new EasyCache(about.easyCache, of, state);
  return async (x: Float32Array, at: Place & { index: number }): Promise<View> => {
    const input = shownTo(prediction, x, at.sigma);
    const isSecond =
      experts !== undefined && (secondAfter === null ? at.timestep < 1000 * experts.boundary : at.index >= secondAfter);
    const call = {
      latent: known.shown(input, at),
      shape,
      fps: noise.fps,
      timesteps: known.times(at),
      frames: pinsBy ? about.pins : undefined,
      ...(beside?.length ? { keyframes: beside } : {}),
      ...(experts && secondAfter !== null ? { network: isSecond ? ('second' as const) : ('first' as const) } : {}),
      signal,
    };
    const links = linksAtWork(about.chain, { part: at.index / of, cfgpp, scale: isSecond ? about.secondScale : null });
    const texts = { unwanted: avoid, other: links.lead?.other };
    const wanted = new Set([...(cfgpp ? (['unwanted'] as const) : []), ...(links.lead?.guidance.asks ?? [])]);
    const asks = [...wanted].filter((name) => texts[name]);
    const moment = { index: at.index, asks, isSecond };
    let said: Said | null = cache.guess(call.latent, moment);
    if (!said) {
      const ask = async (one: ConditioningValue) =>
        velocityBy(prediction, { answer: await denoiser.predict({ ...call, text: one }), x, sigma: at.sigma });
      said = { wanted: await ask(text) };
      for (const name of asks) said[name] = await ask(texts[name]!);
      cache.keep(call.latent, said, moment);
    }
    const here = { said, x, sigma: at.sigma, index: at.index, shape, process, state };
    const { lead, after } = links;
    let guided = said.wanted;
    if (lead && asks.length >= lead.guidance.asks.length)
      guided = led(lead.guidance.lead!({ ...here, strengths: lead.strengths }), {
        ...lead,
        shape,
        frames: noise.shape[1],
      });
    for (const link of after) guided = link.guidance.after!(guided, { ...here, strengths: link.strengths });
    const [velocity, unguided] = [guided, said.unwanted ?? guided].map((answer) => known.velocity(answer, at));
    return { velocity: velocity!, unguided: unguided! };
  };
}

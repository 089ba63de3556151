import type { Denoiser } from '../machine';
import type { ConditioningValue, LatentValue, PinsValue } from '../values';
import { EasyCache, type Velocities } from './easy-cache';
import { guidances } from './guidance/registry';
import { shown, timesOf } from './pinning';
import type { Guidance, Stepping } from './sampling';

/**
 * The velocity as samplers ask for it: known frames shown to the network at their own times, and both texts asked where
 * guidance is on (the interval is in shares of the steps: Kynkäänniemi et al. 2024, 2404.07724). With a cache not every
 * answer is asked for; what it remembers lies in `state`, with what the sampler does.
 */
export function velocityOf(about: {
  denoiser: Denoiser;
  noise: LatentValue;
  text: ConditioningValue;
  avoid: ConditioningValue | undefined;
  pins: PinsValue | undefined;
  params: {
    guidance: number;
    guidanceLow: number | null;
    guidanceStart: number;
    guidanceEnd: number;
    mix: keyof typeof guidances;
    easyCache: number;
  };
  of: number;
  state: Stepping['state'];
  signal: AbortSignal;
}) {
  const { denoiser, noise, text, avoid, pins, params, of, state, signal } = about;
  const guidance: Guidance = guidances[params.mix];
  const { pinsBy, experts } = denoiser.card;
  const cache = new EasyCache(params.easyCache, of, state);
  return async (x: Float32Array, at: { index: number; sigma: number; timestep: number }): Promise<Float32Array> => {
    const call = {
      latent: pins && !pinsBy ? shown(x, pins, noise) : x,
      shape: noise.shape,
      fps: noise.fps,
      timesteps: pins && !pinsBy ? timesOf(pins, at.timestep) : at.timestep,
      frames: pinsBy ? pins : undefined,
      signal,
    };
    const part = at.index / of;
    const isSecond = experts !== undefined && at.timestep < 1000 * experts.boundary;
    const scale = isSecond ? (params.guidanceLow ?? params.guidance) : params.guidance;
    const on = scale !== 1 && part >= params.guidanceStart && part < params.guidanceEnd;
    const isGuided = on && avoid !== undefined;
    const moment = { index: at.index, isGuided, isSecond };
    let found: Velocities | null = cache.guess(call.latent, moment);
    if (!found) {
      found = { wanted: await denoiser.predict({ ...call, text }) };
      if (isGuided) found.unwanted = await denoiser.predict({ ...call, text: avoid });
      cache.keep(call.latent, found, moment);
    }
    const { wanted, unwanted } = found;
    if (!unwanted) return wanted;
    return guidance.mix({ wanted, unwanted, scale, sigma: at.sigma, index: at.index });
  };
}

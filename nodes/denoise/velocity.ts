import type { Denoiser } from '../machine';
import type { ConditioningValue, LatentValue, PinsValue } from '../values';
import { guidances } from './guidance/registry';
import { shown, timesOf } from './pinning';
import type { Guidance } from './sampling';

/**
 * The velocity as samplers ask for it: known frames shown to the network at their own times, and both texts asked where
 * guidance is on (the interval is in shares of the steps: Kynkäänniemi et al. 2024, 2404.07724).
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
  };
  of: number;
  signal: AbortSignal;
}) {
  const { denoiser, noise, text, avoid, pins, params, of, signal } = about;
  const guidance: Guidance = guidances[params.mix];
  const { pinsBy, experts } = denoiser.card;
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
    const isSecond = experts && at.timestep < 1000 * experts.boundary;
    const scale = isSecond ? (params.guidanceLow ?? params.guidance) : params.guidance;
    const on = scale !== 1 && part >= params.guidanceStart && part < params.guidanceEnd;
    const wanted = await denoiser.predict({ ...call, text });
    if (!avoid || !on) return wanted;
    const unwanted = await denoiser.predict({ ...call, text: avoid });
    return guidance.mix({ wanted, unwanted, scale, sigma: at.sigma, index: at.index });
  };
}

import type { WireType } from '../values';
import { linksAtWork, usualStrengths } from './guidance-chain';
import type { GuidanceLink } from './guiding';
import { samplers } from './samplers/registry';
import type { Sampler } from './sampling';

interface Simple {
  guidance: number;
  guidanceStart: number;
  guidanceEnd: number;
  mix: string;
}

/** The chain of guidances: the one that was connected, or the card's own settings as a chain of one. */
export const chainOf = (params: Simple, given: readonly GuidanceLink[] | undefined): readonly GuidanceLink[] =>
  given ?? [
    {
      method: params.mix,
      scale: params.guidance,
      lastScale: null,
      start: params.guidanceStart,
      end: params.guidanceEnd,
      strengths: usualStrengths,
    },
  ];

/**
 * What a setting costs, in calls of the network, as the card says it: `39 calls of the network`. Undefined when it only
 * shows in the work.
 */
export function costOf(about: {
  inputs: Partial<Record<'avoid' | 'sigmas' | 'guide' | 'clip', WireType | undefined>>;
  params: Simple & {
    sampler: keyof typeof samplers;
    steps: number;
    startStep: number;
    endStep: number | null;
    strength: number;
    cfgpp: boolean;
    easyCache: number;
    pause: number | null;
    goesOn: boolean;
  };
}): string | undefined {
  const { inputs, params } = about;
  const sampler: Sampler = samplers[params.sampler];
  const given = inputs.sigmas ? inputs.sigmas.facts.steps : params.steps;
  if (typeof given !== 'number' || (params.strength === 0 && !inputs.sigmas)) return undefined;
  const whole = Math.max(0, Math.min(params.endStep ?? given, given) - params.startStep);
  const before = params.goesOn ? Number(inputs.clip?.facts.paused ?? 0) : 0;
  const steps = Math.max(0, Math.min(params.pause ?? whole, whole) - before);
  const views = steps === 0 ? 0 : sampler.calls(steps);
  if (views === null) return `${sampler.title} calls as often as its strides need`;
  let asked = steps;
  const texts = inputs.guide?.facts.asks;
  if (!inputs.guide || typeof texts !== 'number')
    for (let index = 0; index < steps; index++) {
      const { lead } = linksAtWork(chainOf(params, undefined), {
        part: (before + index) / whole,
        scale: null,
        cfgpp: params.cfgpp,
      });
      const isAsked = lead !== undefined || params.cfgpp;
      asked += isAsked && inputs.avoid ? 1 : 0;
    }
  else asked = Math.round(steps * texts);
  const calls = steps === 0 ? 0 : Math.round((views * asked) / steps);
  const most = params.easyCache > 0 && steps >= 10 ? 'at most ' : '';
  return `${most}${calls} ${calls === 1 ? 'call' : 'calls'} of the network`;
}

/** What a step of a sampler costs, in a few words: `2 calls a step`. */
export function costPerStep(sampler: Sampler): string {
  const many = 100;
  const calls = sampler.calls(many);
  if (calls === null) return 'as many calls as it needs';
  const each = Math.round(calls / many);
  return each === 1 ? '1 call a step' : `${each} calls a step`;
}

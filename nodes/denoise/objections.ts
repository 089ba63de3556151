import { cardOf, otherSize, otherSpace, otherText } from '../agreement';
import { inPinSpace } from '../condition/pictures';
import { holding } from '../condition/which-frames';
import type { NodeProblem } from '../define';
import type { Models, WireType } from '../values';
import type { DenoiserParams } from './denoiser-params';
import { samplers } from './samplers/registry';
import type { Sampler } from './sampling';

type Sockets = Record<
  'model' | 'noise' | 'text' | 'avoid' | 'frames' | 'clip' | 'sigmas' | 'guide',
  WireType | undefined
>;

/** What speaks against a denoising before it runs: models that do not belong together, sizes that differ, settings that contradict. */
export function objections(about: { inputs: Partial<Sockets>; params: DenoiserParams; models: Models }): NodeProblem[] {
  const { inputs, params, models } = about;
  const { model, noise, text, avoid, frames, clip } = inputs;
  const like = { like: noise?.facts, likeWhat: 'the noise' };
  return [
    ...otherSpace({ port: 'noise', value: noise, model, what: 'The noise' }, models),
    ...otherSpace({ port: 'clip', value: clip, model, what: 'The clip' }, models),
    ...otherSpace(
      { port: 'frames', value: frames, model: inPinSpace(model, cardOf(model, models)), what: 'The known frames' },
      models,
    ),
    ...otherSize({ port: 'clip', value: clip, what: 'The clip', ...like }),
    ...otherSize({ port: 'frames', value: frames, what: 'The known frames', ...like }),
    ...otherText({ port: 'text', text, model }, models),
    ...otherText({ port: 'avoid', text: avoid, model }, models),
    ...guidanceProblems(params, inputs),
    ...stepProblems(params, inputs),
    ...holding(frames, { ...(model ? { model } : {}), models }),
  ];
}

function guidanceProblems(params: DenoiserParams, { avoid, guide }: Partial<Sockets>): NodeProblem[] {
  const problems: NodeProblem[] = [];
  const sampler: Sampler = samplers[params.sampler];
  const scale = params.guidance === 1 ? (params.guidanceLow ?? 1) : params.guidance;
  if (guide && Number(guide.facts.asks) > 1 && !avoid)
    problems.push({
      port: 'avoid',
      says: 'The connected guidance weighs the text against what to keep away from. Connect "Avoid" of the text encoder.',
    });
  if (!guide && scale !== 1 && !avoid)
    problems.push({
      port: 'avoid',
      says: `Guidance ${scale} weighs the text against what to keep away from. Connect "Avoid" of the text encoder, or set guidance to 1.`,
    });
  if (!guide && params.guidanceStart > params.guidanceEnd)
    problems.push({
      param: 'guidanceStart',
      says: 'Guidance would begin after it ends. Set the start below the end.',
    });
  if (params.cfgpp && !sampler.cfgpp)
    problems.push({
      param: 'cfgpp',
      says: `${sampler.title} cannot step the CFG++ way. Switch CFG++ off, or take Euler, DPM++ 2M or RES multistep.`,
    });
  else if (params.cfgpp && !avoid)
    problems.push({
      port: 'avoid',
      says: 'CFG++ tells the noise from what to keep away from. Connect "Avoid" of the text encoder, or switch CFG++ off.',
    });
  return problems;
}

function stepProblems(params: DenoiserParams, { clip, sigmas }: Partial<Sockets>): NodeProblem[] {
  const problems: NodeProblem[] = [];
  const steps = sigmas ? sigmas.facts.steps : params.steps;
  if (params.strength < 1 && !clip && !sigmas)
    problems.push({
      param: 'strength',
      says: 'Strength below 1 keeps part of a given clip, and none is connected. Connect one to "Clip", or set strength to 1.',
    });
  if (params.noisy && !clip)
    problems.push({
      param: 'noisy',
      says: 'No clip is connected that could hold noise already. Connect one to "Clip", or switch this off.',
    });
  const before = clip?.facts.paused;
  if (params.goesOn && !before)
    problems.push({
      port: 'clip',
      says: clip
        ? 'This clip was not paused, so there is nothing to go on from. Connect the clip of a denoiser that pauses, or switch "Go on" off.'
        : 'No clip is connected to go on from. Connect the clip of a denoiser that pauses, or switch "Go on" off.',
    });
  const first = params.goesOn ? Number(before ?? 0) : 0;
  if (params.pause !== null && params.pause <= first)
    problems.push({
      param: 'pause',
      says: `It goes on after step ${first}, so it cannot pause after step ${params.pause}. Set it higher.`,
    });
  const end = Math.min(params.endStep ?? Number.POSITIVE_INFINITY, typeof steps === 'number' ? steps : 1000);
  if (params.startStep > 0 && params.startStep >= end)
    problems.push({
      param: 'startStep',
      says: `Nothing is left to do: it would start after step ${params.startStep} and there are ${end}. Set it lower.`,
    });
  return problems;
}

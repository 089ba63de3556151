import { cardOf, otherSize, otherSpace, otherText } from '../agreement';
import { inPinSpace } from '../condition/pictures';
import { holding } from '../condition/which-frames';
import type { NodeProblem } from '../define';
import type { Models, WireType } from '../values';

type Sockets = Record<'model' | 'noise' | 'text' | 'avoid' | 'frames' | 'clip', WireType | undefined>;

/** What speaks against a denoising before it runs: models that do not belong together, sizes that differ, settings that contradict. */
export function objections(about: {
  inputs: Partial<Sockets>;
  params: {
    guidance: number;
    guidanceLow: number | null;
    strength: number;
    guidanceStart: number;
    guidanceEnd: number;
  };
  models: Models;
}): NodeProblem[] {
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
    ...settings(params, { avoid, clip }),
    ...holding(frames, { ...(model ? { model } : {}), models }),
  ];
}

function settings(
  params: {
    guidance: number;
    guidanceLow: number | null;
    strength: number;
    guidanceStart: number;
    guidanceEnd: number;
  },
  inputs: Pick<Partial<Sockets>, 'avoid' | 'clip'>,
): NodeProblem[] {
  const problems: NodeProblem[] = [];
  const scale = params.guidance === 1 ? (params.guidanceLow ?? 1) : params.guidance;
  if (scale !== 1 && !inputs.avoid)
    problems.push({
      port: 'avoid',
      says: `Guidance ${scale} weighs the text against what to keep away from. Connect "Avoid" of the text encoder, or set guidance to 1.`,
    });
  if (params.strength < 1 && !inputs.clip)
    problems.push({
      param: 'strength',
      says: 'Strength below 1 keeps part of a given clip, and none is connected. Connect one to "Clip", or set strength to 1.',
    });
  if (params.guidanceStart > params.guidanceEnd)
    problems.push({
      param: 'guidanceStart',
      says: 'Guidance would begin after it ends. Set the start below the end.',
    });
  return problems;
}

import { z } from 'zod';
import { cardOf, otherSize, otherSpace, otherText } from '../agreement';
import { defineNode, type NodeProblem, optional, port } from '../define';
import type { Denoiser } from '../machine';
import type { ConditioningValue, LatentValue, PinsValue } from '../values';
import { move } from './flow';
import { freshNoise } from './fresh-noise';
import { guidances } from './guidance/registry';
import { overwritten, shown, timesOf } from './pinning';
import { samplers } from './samplers/registry';
import type { Guidance, Sampler, Schedule } from './sampling';
import { schedules } from './schedules/registry';
import { sigmasFor } from './sigmas';

/** Names of a registry as zod wants them. Sound: the registries are generated from folders that are never empty. */
const names = <T extends object>(list: T) => Object.keys(list) as [keyof T & string, ...(keyof T & string)[]];

const percent = { min: 0, max: 1 };

export default defineNode({
  type: 'denoiser',
  version: 1,
  title: 'Denoiser',
  says: 'Carves a clip out of noise, one step at a time, steered by the text.',
  inputs: {
    model: port.model('denoiser', 'The network that does the carving'),
    noise: port.latent('Where to start'),
    text: port.conditioning('What to show'),
    avoid: optional(port.conditioning('What to keep away from; needed when guidance is above 1')),
    frames: optional(port.pins('Frames that are already known')),
    clip: optional(
      port.latent('A clip to rework instead of making one afresh; strength says how much of it may change'),
    ),
  },
  outputs: { clip: port.latent('The finished latent clip') },
  params: z.object({
    sampler: z.enum(names(samplers)).default('unipc').meta({ control: 'select', says: 'How a step is taken.' }),
    schedule: z.enum(names(schedules)).default('flow').meta({ control: 'select', says: 'How the steps are spaced.' }),
    steps: z.int().min(1).max(1000).default(20).meta({ control: 'slider', says: 'More steps, finer and slower.' }),
    guidance: z.number().min(0).max(30).default(4).meta({
      control: 'slider',
      step: 0.1,
      says: 'How strictly the text is followed. 1 switches it off and halves the work; too much burns the colours.',
    }),
    strength: z.number().min(percent.min).max(percent.max).default(1).meta({
      control: 'slider',
      step: 0.01,
      says: 'How much of a given clip may change: 0 nothing, 1 everything.',
    }),
    shift: z.number().min(0.01).max(100).nullable().default(null).meta({
      step: 0.1,
      advanced: true,
      says: "Moves steps towards layout (high) or detail (low). Empty: the checkpoint's own.",
    }),
    mix: z.enum(names(guidances)).default('cfg').meta({
      title: 'Guidance method',
      control: 'select',
      advanced: true,
      says: 'How the wanted and the unwanted text are weighed against each other.',
    }),
    guidanceStart: z.number().min(percent.min).max(percent.max).default(0).meta({
      control: 'slider',
      step: 0.01,
      advanced: true,
      says: 'Guidance begins after this part of the steps.',
    }),
    guidanceEnd: z.number().min(percent.min).max(percent.max).default(1).meta({
      control: 'slider',
      step: 0.01,
      advanced: true,
      says: 'Guidance ends after this part of the steps. 0.75 saves an eighth of the work and is rarely seen.',
    }),
  }),
  computes: true,
  infer({ inputs, params, models }) {
    const { model, noise, text, avoid, frames, clip } = inputs;
    const card = cardOf(model, models);
    const problems: NodeProblem[] = [
      ...otherSpace({ port: 'noise', value: noise, model, what: 'The noise' }, models),
      ...otherSpace({ port: 'clip', value: clip, model, what: 'The clip' }, models),
      ...otherSpace({ port: 'frames', value: frames, model, what: 'The known frames' }, models),
      ...otherSize({ port: 'clip', value: clip, like: noise?.facts, what: 'The clip', likeWhat: 'the noise' }),
      ...otherSize({
        port: 'frames',
        value: frames,
        like: noise?.facts,
        what: 'The known frames',
        likeWhat: 'the noise',
      }),
      ...otherText({ port: 'text', text, model }, models),
      ...otherText({ port: 'avoid', text: avoid, model }, models),
    ];
    if (params.guidance > 1 && !avoid)
      problems.push({
        port: 'avoid',
        says: `Guidance ${params.guidance} weighs the text against what to keep away from. Connect "Avoid" of the text encoder, or set guidance to 1.`,
      });
    if (params.strength < 1 && !clip)
      problems.push({
        param: 'strength',
        says: 'Strength below 1 keeps part of a given clip, and none is connected. Connect one to "Clip", or set strength to 1.',
      });
    if (params.guidanceStart > params.guidanceEnd)
      problems.push({
        param: 'guidanceStart',
        says: 'Guidance would begin after it ends. Set the start below the end.',
      });
    if (frames && card?.pins === 'none')
      problems.push({
        port: 'frames',
        says: `${card.title} makes clips from text alone and cannot take known frames. Remove them, or choose another model.`,
      });
    else if (frames?.facts.beyondFirst === true && card?.pins === 'first')
      problems.push({
        port: 'frames',
        says: `${card.title} was made for a known first frame only. Pin the first frame, or choose another model.`,
      });
    const facts = noise && { ...noise.facts, model: card?.id ?? noise.facts.model };
    return { outputs: { clip: facts ?? {} }, problems };
  },
  async run({ inputs, params, ctx }) {
    const { noise, clip } = inputs;
    const denoiser = await ctx.models.denoiser(inputs.model);
    mustFit(noise, denoiser, { frames: inputs.frames, clip });
    const sampler: Sampler = samplers[params.sampler];
    const schedule: Schedule = schedules[params.schedule];
    const shift = params.shift ?? denoiser.card.defaults.shift;
    const { sigmas, timesteps } = sigmasFor(schedule, { ...params, shift, spacing: sampler.spacing });
    const of = timesteps.length;
    const predict = guided({
      denoiser,
      noise,
      text: inputs.text,
      avoid: inputs.avoid,
      pins: inputs.frames,
      params,
      of,
      signal: ctx.signal,
    });
    const whole = (x: Float32Array) => (inputs.frames ? overwritten(x, inputs.frames) : x);

    const saved = await ctx.resume();
    const { x: at, ...memory } = saved?.state.arrays ?? {};
    let x = at ?? start(noise, clip, sigmas[0]!);
    const state = { arrays: memory, numbers: { ...saved?.state.numbers } };
    for (let index = saved ? saved.index + 1 : 0; index < of; index++) {
      const done = await sampler.step(x, {
        index,
        sigmas,
        timesteps,
        state,
        noise: freshNoise(noise.data, ctx),
        velocity: (latent, sigma, timestep = 1000 * sigma) => predict(latent, { index, sigma, timestep }),
      });
      x = done.x;
      await ctx.step({
        index,
        of,
        state: { arrays: { ...state.arrays, x }, numbers: { ...state.numbers } },
        preview: { ...noise, data: whole(done.foreseen) },
        model: denoiser.card,
      });
    }
    return { clip: { ...noise, data: whole(x) } };
  },
});

/** Pure noise, or a given clip under as much noise as the first sigma says. */
function start(noise: LatentValue, clip: LatentValue | undefined, sigma: number): Float32Array {
  if (!clip) return noise.data;
  return move(move(clip.data, clip.data, -sigma), noise.data, sigma);
}

/** One call for the velocity: known frames shown and timed, both texts asked where guidance is on. */
function guided(about: {
  denoiser: Denoiser;
  noise: LatentValue;
  text: ConditioningValue;
  avoid: ConditioningValue | undefined;
  pins: PinsValue | undefined;
  params: { guidance: number; guidanceStart: number; guidanceEnd: number; mix: keyof typeof guidances };
  of: number;
  signal: AbortSignal;
}) {
  const { denoiser, noise, text, avoid, pins, params, of, signal } = about;
  const guidance: Guidance = guidances[params.mix];
  return async (x: Float32Array, at: { index: number; sigma: number; timestep: number }): Promise<Float32Array> => {
    const call = {
      latent: pins ? shown(x, pins, noise) : x,
      shape: noise.shape,
      timesteps: pins ? timesOf(pins, at.timestep) : at.timestep,
      signal,
    };
    const part = at.index / of;
    const on = params.guidance !== 1 && part >= params.guidanceStart && part < params.guidanceEnd;
    const wanted = await denoiser.predict({ ...call, text });
    if (!avoid || !on) return wanted;
    const unwanted = await denoiser.predict({ ...call, text: avoid });
    return guidance.mix({ wanted, unwanted, scale: params.guidance, sigma: at.sigma, index: at.index });
  };
}

/** What only shows when the values are there: files from elsewhere have no facts to check before. */
function mustFit(noise: LatentValue, denoiser: Denoiser, others: { frames?: PinsValue; clip?: LatentValue }): void {
  const { title, latent } = denoiser.card;
  if (noise.space !== latent.space || noise.shape[0] !== latent.channels)
    throw new Error(
      `The noise is of the space "${noise.space}" with ${noise.shape[0]} channels, and ${title} works in "${latent.space}" with ${latent.channels}. Make the noise with the same model.`,
    );
  for (const [what, other] of [
    ['known frames', others.frames],
    ['clip', others.clip],
  ] as const)
    if (other && (other.space !== noise.space || other.shape.join() !== noise.shape.join()))
      throw new Error(
        `The ${what}: ${other.space} [${other.shape.join(', ')}], the noise: ${noise.space} [${noise.shape.join(', ')}]. Both must have the same space and size: [channels, frames, height, width].`,
      );
}

import { z } from 'zod';
import { pinChannelsOf, pinSpaceOf } from '../condition/pictures';
import { defineNode, optional, port } from '../define';
import type { Denoiser } from '../machine';
import type { LatentValue, PinsValue } from '../values';
import { move } from './flow';
import { freshNoise } from './fresh-noise';
import { guidances } from './guidance/registry';
import { objections } from './objections';
import { shiftFor } from './own-spacing';
import { overwritten } from './pinning';
import { samplers } from './samplers/registry';
import type { Sampler, Schedule } from './sampling';
import { schedules } from './schedules/registry';
import { sigmasFor } from './sigmas';
import { velocityOf } from './velocity';

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
    guidance: z.number().min(0).max(30).default(3).meta({
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
    guidanceLow: z.number().min(0).max(30).nullable().default(null).meta({
      title: 'Guidance, second network',
      step: 0.1,
      advanced: true,
      says: 'Models of two networks: guidance once the second one has taken over. Empty: the same.',
    }),
    mix: z.enum(names(guidances)).default('cfg').meta({
      title: 'Guidance method',
      control: 'select',
      advanced: true,
      says: 'How the wanted and the unwanted text are weighed against each other.',
    }),
    easyCache: z.number().min(0).max(1).default(0).meta({
      title: 'EasyCache',
      control: 'slider',
      step: 0.01,
      advanced: true,
      says: 'Guesses steps that hardly change anything instead of computing them. 0 computes all; 0.1 is about twice as fast, more is coarser. Needs 10 steps or more.',
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
  identity: ({ params }) => withoutNew(params),
  infer({ inputs, params, models }) {
    const { model, noise } = inputs;
    const facts = { ...noise?.facts, model: model?.facts.model ?? noise?.facts.model };
    return { outputs: { clip: facts }, problems: objections({ inputs, params, models }) };
  },
  async run({ inputs, params, ctx }) {
    const { noise, clip } = inputs;
    const denoiser = await ctx.models.denoiser(inputs.model);
    mustFit(noise, denoiser, { frames: inputs.frames, clip });
    const sampler: Sampler = samplers[params.sampler];
    const schedule: Schedule = schedules[params.schedule];
    const shift = params.shift ?? shiftFor(denoiser.card, noise.shape);
    const spacing = { spacing: sampler.spacing, own: denoiser.card.spacing };
    const { sigmas, timesteps } = sigmasFor(schedule, { ...params, ...spacing, shift });
    const of = timesteps.length;
    const fresh = freshNoise(noise.data, ctx);
    const isOverwritten = inputs.frames && !denoiser.card.pinsBy;
    const whole = (x: Float32Array) => (isOverwritten ? overwritten(x, inputs.frames!) : x);

    const saved = await ctx.resume();
    const { x: at, ...memory } = saved?.state.arrays ?? {};
    let x = at ?? start(noise, clip, sigmas[0]!);
    const state = { arrays: memory, numbers: { ...saved?.state.numbers } };
    const predict = velocityOf({
      denoiser,
      noise,
      text: inputs.text,
      avoid: inputs.avoid,
      pins: inputs.frames,
      params,
      of,
      state,
      signal: ctx.signal,
    });
    for (let index = saved ? saved.index + 1 : 0; index < of; index++) {
      const done = await sampler.step(x, {
        index,
        sigmas,
        timesteps,
        state,
        noise: fresh,
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

/** Params that are younger than version 1, and what they were before they were there: then a fingerprint has none of them. */
const younger: Readonly<Record<string, unknown>> = { guidanceLow: null, easyCache: 0 };

const withoutNew = (params: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).filter(([name, value]) => !(name in younger) || value !== younger[name]));

/** Pure noise, or a given clip under as much noise as the first sigma says. */
function start(noise: LatentValue, clip: LatentValue | undefined, sigma: number): Float32Array {
  if (!clip) return noise.data;
  return move(move(clip.data, clip.data, -sigma), noise.data, sigma);
}

/** What only shows when the values are there: files from elsewhere have no facts to check before. */
function mustFit(noise: LatentValue, denoiser: Denoiser, others: { frames?: PinsValue; clip?: LatentValue }): void {
  const { card } = denoiser;
  const { title, latent } = card;
  if (noise.space !== latent.space || noise.shape[0] !== latent.channels)
    throw new Error(
      `The noise is of the space "${noise.space}" with ${noise.shape[0]} channels, and ${title} works in "${latent.space}" with ${latent.channels}. Make the noise with the same model.`,
    );
  const [, ...size] = noise.shape;
  for (const [what, other, wanted] of [
    ['known frames', others.frames, { space: pinSpaceOf(card), shape: [pinChannelsOf(card), ...size] }],
    ['clip', others.clip, noise],
  ] as const)
    if (other && (other.space !== wanted.space || other.shape.join() !== wanted.shape.join()))
      throw new Error(
        `The ${what}: ${other.space} [${other.shape.join(', ')}], beside this noise: ${wanted.space} [${wanted.shape.join(', ')}]. Both must have the same space and size: [channels, frames, height, width].`,
      );
}

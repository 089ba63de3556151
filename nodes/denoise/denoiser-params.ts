import { z } from 'zod';
import { guidances } from './guidance/registry';
import type { Guidance } from './guiding';
import { keepingPattern } from './pausing';
import { type NamedSampler, samplerNamed, scheduleNamed } from './sampler-names';
import { samplers } from './samplers/registry';
import type { Sampler } from './sampling';
import { schedules } from './schedules/registry';

/** Names of a registry as zod wants them. Sound: the registries are generated from folders that are never empty. */
const names = <T extends object>(list: T) => Object.keys(list) as [keyof T & string, ...(keyof T & string)[]];

/** Guidances that lead by the two texts every denoiser has. */
const simple = Object.values<Guidance>(guidances).filter(({ lead, asks }) => lead && !asks.includes('other'));

const renewing = Object.values<Sampler>(samplers).flatMap(({ name, renews }) => (renews ? [name] : []));

const noisy = Object.values<Sampler>(samplers).flatMap(({ name, group }) => (group === 'noisy' ? [name] : []));

const unlessGuided = (named: NamedSampler | null) => (named && !named.cfgpp ? named.sampler : null);

const share = () => z.number().min(0).max(1);

/** The settings of a denoiser. New ones have a default that changes nothing, and are named in `younger` below. */
export const denoiserParams = z.object({
  sampler: z
    .enum(names(samplers))
    .default('unipc')
    .meta({
      control: 'select',
      // CFG++ is a switch of its own.
      alias: (name: string) => unlessGuided(samplerNamed(name)),
      says: 'How a step is taken.',
    }),
  schedule: z
    .enum(names(schedules))
    .default('flow')
    .meta({ control: 'select', unless: 'sigmas', alias: scheduleNamed, says: 'How the steps are spaced.' }),
  steps: z
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .meta({ control: 'slider', unless: 'sigmas', says: 'More steps, finer and slower.' }),
  guidance: z.number().min(0).max(30).default(3).meta({
    control: 'slider',
    step: 0.1,
    unless: 'guide',
    says: 'How strictly the text is followed. 1 switches it off and halves the work; too much burns the colours.',
  }),
  strength: share().default(1).meta({
    control: 'slider',
    step: 0.01,
    unless: 'sigmas',
    says: 'How much of a given clip may change: 0 nothing, 1 everything.',
  }),
  shift: z.number().min(0.01).max(100).nullable().default(null).meta({
    step: 0.1,
    advanced: true,
    unless: 'sigmas',
    says: "Moves steps towards layout (high) or detail (low). Empty: the checkpoint's own.",
  }),
  guidanceLow: z.number().min(0).max(30).nullable().default(null).meta({
    title: 'Guidance, second network',
    step: 0.1,
    advanced: true,
    says: 'Models of two networks: guidance once the second one has taken over. Empty: the same.',
  }),
  secondAfter: z.int().min(0).max(1000).nullable().default(null).meta({
    title: 'Second network after step',
    advanced: true,
    says: 'Models of two networks: the second one takes over after this step. Empty: where the checkpoint says.',
  }),
  mix: z
    .enum(simple.map(({ name }) => name) as [string, ...string[]])
    .default('cfg')
    .meta({
      title: 'Guidance method',
      control: 'select',
      advanced: true,
      unless: 'guide',
      says: 'How the wanted and the unwanted text are weighed against each other.',
    }),
  easyCache: share().default(0).meta({
    title: 'EasyCache',
    control: 'slider',
    step: 0.01,
    advanced: true,
    says: 'Guesses steps that hardly change anything instead of computing them. 0 computes all; 0.1 is about twice as fast, more is coarser. Needs 10 steps or more.',
  }),
  guidanceStart: share().default(0).meta({
    control: 'slider',
    step: 0.01,
    advanced: true,
    unless: 'guide',
    says: 'Guidance begins after this part of the steps.',
  }),
  guidanceEnd: share().default(1).meta({
    control: 'slider',
    step: 0.01,
    advanced: true,
    unless: 'guide',
    says: 'Guidance ends after this part of the steps. 0.75 saves an eighth of the work and is rarely seen.',
  }),
  eta: share()
    .default(1)
    .meta({
      title: 'Fresh noise',
      control: 'slider',
      step: 0.01,
      advanced: true,
      when: { param: 'sampler', is: renewing },
      says: 'Samplers that renew noise: how much of it, eta. 0 renews none.',
    }),
  onePath: z
    .boolean()
    .default(false)
    .meta({
      title: 'One noise path',
      advanced: true,
      when: { param: 'sampler', is: noisy },
      says: 'Fresh noise follows one path from start to end, so that more steps refine the same clip. Draws several times as much.',
    }),
  cfgpp: z.boolean().default(false).meta({
    title: 'CFG++',
    advanced: true,
    says: 'Tells the noise without guidance, so that little of it, 1 to 2, goes far. Not all samplers can.',
  }),
  startStep: z.int().min(0).max(1000).default(0).meta({
    advanced: true,
    says: 'Leaves out so many of the first steps: a denoiser before this one has taken them.',
  }),
  endStep: z.int().min(1).max(1000).nullable().default(null).meta({
    advanced: true,
    says: 'Stops after this step. Empty: the last one.',
  }),
  leftover: z.boolean().default(false).meta({
    title: 'Leave the noise',
    advanced: true,
    says: 'When it stops early, hands the clip on with the noise it still has, for another denoiser to go on.',
  }),
  noisy: z.boolean().default(false).meta({
    title: 'Clip is noisy',
    advanced: true,
    says: 'The given clip holds its noise already, as a denoiser that stopped early left it. None is added.',
  }),
  pause: z.int().min(1).max(1000).nullable().default(null).meta({
    title: 'Pause after step',
    advanced: true,
    says: 'Stops here on its way and hands on all it has, so that another denoiser can go on to the very same clip.',
  }),
  goesOn: z.boolean().default(false).meta({
    title: 'Go on',
    advanced: true,
    says: 'Goes on from the given clip, which another denoiser has paused. What is unchanged here leads to the same bits.',
  }),
  keepSteps: z
    .string()
    .max(100)
    .regex(keepingPattern, 'write auto, all, none, every 4, or steps like 3, 6, 10')
    .default('auto')
    .meta({
      title: 'Keep steps',
      advanced: true,
      control: 'text',
      says: 'Which steps to keep, to look at and to branch from: auto (those of small clips that were shown), all, none, every 4, or 3, 6, 10. Changes no result.',
    }),
});

export type DenoiserParams = z.output<typeof denoiserParams>;

/** Params that are younger than version 1, and what they were before they were there: then a fingerprint has none of them. */
const younger: Readonly<Partial<DenoiserParams>> = {
  guidanceLow: null,
  secondAfter: null,
  easyCache: 0,
  eta: 1,
  onePath: false,
  cfgpp: false,
  startStep: 0,
  endStep: null,
  leftover: false,
  noisy: false,
  pause: null,
  goesOn: false,
};

/** What a result depends on: params that change nothing are left out, and where it pauses (see `pausedAt`). */
export function denoiserIdentity({ keepSteps: _, ...params }: DenoiserParams): Record<string, unknown> {
  const sampler: Sampler = samplers[params.sampler];
  const told: Omit<DenoiserParams, 'keepSteps'> = {
    ...params,
    pause: null,
    eta: sampler.renews ? params.eta : 1,
    onePath: sampler.group === 'noisy' && params.onePath,
    leftover: params.endStep === null ? false : params.leftover,
  };
  // Keys of one and the same object.
  const entries = Object.entries(told) as [keyof typeof told, unknown][];
  // In version 1 its first sigma, a little below pure noise, was at first taken for that.
  const start = params.schedule === 'ddim-uniform' ? { start: 'below' } : {};
  return Object.fromEntries([
    ...entries.filter(([name, value]) => !(name in younger) || value !== younger[name]),
    ...Object.entries(start),
  ]);
}

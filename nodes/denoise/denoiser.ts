import { defineNode, optional, port } from '../define';
import type { LatentValue } from '../values';
import { chainOf, costOf } from './cost';
import { denoiserIdentity, denoiserParams } from './denoiser-params';
import { freshNoise, pathNoise } from './fresh-noise';
import { knownFrames } from './known-frames';
import { listFor } from './list';
import { mustFit } from './must-fit';
import { objections } from './objections';
import { shiftFor } from './own-spacing';
import { continued, isKeptStep, pausedAt, pausedBytes, pausedClip } from './pausing';
import { predictionOf, processOf } from './process-of';
import { samplers } from './samplers/registry';
import type { Sampler, Schedule } from './sampling';
import { schedules } from './schedules/registry';
import { startFrom } from './start';
import { viewOf } from './velocity';

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
    sigmas: optional(port.sigmas('A schedule of your own, in place of schedule, steps, strength and shift')),
    guide: optional(port.guidance('A chain of guidances, in place of guidance and its method')),
  },
  outputs: { clip: port.latent('The finished latent clip') },
  // Noise is no clip.
  passes: { clip: 'clip' },
  params: denoiserParams,
  computes: true,
  identity: ({ params }) => denoiserIdentity(params),
  pausedAt: ({ pause }) => pause,
  infer({ inputs, params, models }) {
    const { model, noise } = inputs;
    const paused = params.pause ?? undefined;
    const facts = { ...noise?.facts, model: model?.facts.model ?? noise?.facts.model, paused };
    return {
      outputs: { clip: facts },
      problems: objections({ inputs, params, models }),
      note: costOf({ inputs, params }),
    };
  },
  async run({ inputs, params, ctx }) {
    const { noise, clip } = inputs;
    const denoiser = await ctx.models.denoiser(inputs.model);
    mustFit(noise, denoiser, { frames: inputs.frames, clip });
    const { card } = denoiser;
    const sampler: Sampler = samplers[params.sampler];
    const schedule: Schedule = schedules[params.schedule];
    const process = processOf(card, params.shift ?? shiftFor(card, noise.shape));
    const given = inputs.sigmas?.sigmas;
    const own = listFor({ params, sampler, schedule, process, own: card.spacing, given });
    const before = params.goesOn ? pausedClip(clip) : undefined;
    const list = before ? continued(before.paused, own, process) : own;
    const { sigmas, timesteps } = list;
    const of = timesteps.length;
    const end = Math.min(params.pause ?? of, of);
    const known = knownFrames(inputs.frames, { noise, card });

    const saved = await ctx.resume();
    const first = saved ? saved.index + 1 : (before?.paused.timesteps.length ?? 0);
    const stood = before?.paused.state.arrays.x ?? before?.data;
    // With other keyframes beside the clip, what a sampler remembers is of another size.
    const isWhole = stood?.length === known.wide(noise.data).length;
    const isSame = before?.paused.sampler === params.sampler && isWhole;
    const { arrays = {}, numbers } = saved?.state ?? (isSame ? before.paused.state : {});
    const { x: at = isWhole ? stood : undefined, ...memory } = arrays;
    const begun = sigmas[first]!;
    const start = before?.data ?? startFrom({ noise, clip, isNoisy: params.noisy }, { sigma: begun, process });
    let x = at ? known.kept(at, begun) : known.begin(known.wide(start), begun);
    const state = { arrays: { ...memory }, numbers: { ...numbers } };
    /** The clip as another denoiser can go on from it. */
    const paused = (done: number) => {
      const own = made(x);
      const about = { sampler: params.sampler, list, state, x: own.data === x ? undefined : x };
      return { ...own, paused: pausedAt(done, about) };
    };
    const made = (data: Float32Array): LatentValue => ({ ...noise, data: known.clip(data), paused: undefined });
    const see = viewOf({
      denoiser,
      noise,
      text: inputs.text,
      avoid: inputs.avoid,
      pins: inputs.frames,
      known,
      process,
      prediction: predictionOf(card),
      chain: chainOf(params, inputs.guide?.links),
      secondScale: params.guidanceLow,
      secondAfter: params.secondAfter,
      cfgpp: params.cfgpp,
      easyCache: params.easyCache,
      of,
      state,
      signal: ctx.signal,
    });
    const shared = { sigmas, timesteps, process, state, eta: params.eta, cfgpp: params.cfgpp };
    const asked = given ? given.length - 1 : params.steps;
    const fresh = params.onePath
      ? pathNoise(noise.data, ctx, { sigmas, largest: process.largest })
      : freshNoise(noise.data, ctx);
    for (let index = first; index < end; index++) {
      // A network that takes over at a given step begins without what the sampler remembers of the other.
      if (card.experts && index === params.secondAfter) Object.assign(state, { arrays: {}, numbers: {} });
      const view = (latent: Float32Array, sigma: number, timestep = process.timestepOf(sigma)) =>
        see(latent, { index, sigma, timestep, begun: sigmas[index]! });
      const done = await sampler.step(x, {
        ...shared,
        index,
        asked,
        noise: (...draw) => known.wide(fresh(...draw)),
        view,
        velocity: async (...place) => (await view(...place)).velocity,
      });
      x = known.kept(done.x, sigmas[index]!);
      const kept = index + 1 < of ? paused(index + 1) : undefined;
      const isKept = kept && isKeptStep(params.keepSteps, { step: index + 1, of, bytes: pausedBytes(kept) });
      await ctx.step({
        index,
        of,
        state: { arrays: { ...state.arrays, x }, numbers: { ...state.numbers } },
        preview: made(done.foreseen),
        model: card,
        sigma: sigmas[index + 1]!,
        ...(isKept ? { keep: { clip: kept }, isSpare: params.keepSteps.trim() === 'auto' } : {}),
      });
    }
    return { clip: end < of ? paused(Math.max(first, end)) : made(x) };
  },
});

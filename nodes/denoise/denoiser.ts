import { defineNode, optional, port } from '../define';
import { chainOf, costOf } from './cost';
import { denoiserIdentity, denoiserParams } from './denoiser-params';
import { freshNoise, pathNoise } from './fresh-noise';
import { listFor } from './list';
import { mustFit } from './must-fit';
import { objections } from './objections';
import { shiftFor } from './own-spacing';
import { overwritten } from './pinning';
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
  infer({ inputs, params, models }) {
    const { model, noise } = inputs;
    const { precision } = model?.facts ?? {};
    const facts = { ...noise?.facts, model: model?.facts.model ?? noise?.facts.model, precision };
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
    const { sigmas, timesteps } = listFor({ params, sampler, schedule, process, own: card.spacing, given });
    const of = timesteps.length;
    const isOverwritten = inputs.frames && !card.pinsBy;
    const whole = (x: Float32Array) => (isOverwritten ? overwritten(x, inputs.frames!) : x);

    const saved = await ctx.resume();
    const { x: at, ...memory } = saved?.state.arrays ?? {};
    let x = at ?? startFrom({ noise, clip, isNoisy: params.noisy }, { sigma: sigmas[0]!, process });
    const state = { arrays: memory, numbers: { ...saved?.state.numbers } };
    const see = viewOf({
      denoiser,
      noise,
      text: inputs.text,
      avoid: inputs.avoid,
      pins: inputs.frames,
      process,
      prediction: predictionOf(card),
      chain: chainOf(params, inputs.guide?.links),
      secondScale: params.guidanceLow,
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
    for (let index = saved ? saved.index + 1 : 0; index < of; index++) {
      const view = (latent: Float32Array, sigma: number, timestep = process.timestepOf(sigma)) =>
        see(latent, { index, sigma, timestep });
      const done = await sampler.step(x, {
        ...shared,
        index,
        asked,
        noise: fresh,
        view,
        velocity: async (...place) => (await view(...place)).velocity,
      });
      x = done.x;
      await ctx.step({
        index,
        of,
        state: { arrays: { ...state.arrays, x }, numbers: { ...state.numbers } },
        preview: { ...noise, data: whole(done.foreseen) },
        model: card,
      });
    }
    return { clip: { ...noise, data: whole(x) } };
  },
});

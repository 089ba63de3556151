import { expect, test } from 'vitest';
import { bring, paramsOf, textToVideo, wired } from './workflows-for-tests';

const clip = { 2: { class_type: 'CLIPLoader', inputs: { clip_name: 't5.safetensors', type: 'ltxv' } } };

test("LTXVScheduler's steps are worked out for the size and drawn, where nothing lies beside the clip", () => {
  const flow = (scheduler: object) => ({
    ...textToVideo,
    ...clip,
    7: { class_type: 'EmptyLTXVLatentVideo', inputs: { width: 768, height: 512, length: 97, batch_size: 1 } },
    8: {
      class_type: 'SamplerCustom',
      inputs: {
        ...{ model: ['1', 0], positive: ['5', 0], negative: ['6', 0], sampler: ['9b', 0], sigmas: ['10b', 0] },
        ...{ latent_image: ['7', 0], add_noise: true, noise_seed: 11, cfg: 3 },
      },
    },
    '9b': { class_type: 'KSamplerSelect', inputs: { sampler_name: 'euler' } },
    '10b': { class_type: 'LTXVScheduler', inputs: { terminal: 0.1, ...scheduler } },
  });
  // What the node itself gives (ComfyUI 0.3.64).
  for (const [scheduler, wanted] of [
    [
      { steps: 8, max_shift: 2.05, base_shift: 0.95, stretch: true, latent: ['7', 0] },
      [1, 0.970024, 0.931262, 0.87919, 0.80553, 0.693347, 0.50172, 0.1, 0],
    ],
    [{ steps: 5, max_shift: 1.8, base_shift: 0.6, stretch: false }, [1, 0.960315, 0.900739, 0.801315, 0.601976, 0]],
  ] as const) {
    const { graph } = bring(flow(scheduler));
    const [drawn] = paramsOf(graph, 'drawn-schedule') as { sigmas: number[] }[];
    expect(drawn!.sigmas.map((sigma) => Math.round(sigma * 1e6) / 1e6)).toEqual(wanted);
    const [by, to] = ['drawn-schedule', 'denoiser'].map((type) => graph.nodes.find((node) => node.type === type)!.id);
    expect(wired(graph, to!).sigmas).toBe(by);
    expect(paramsOf(graph, 'denoiser')).toMatchObject([{ shift: null }]);
  }
  // Other schedules follow the shift of its table, or of the node that works it out.
  const size = { 7: flow({})[7] };
  const moved = {
    class_type: 'ModelSamplingLTXV',
    inputs: { model: ['1', 0], max_shift: 2.05, base_shift: 0.95, latent: ['7', 0] },
  };
  const unmoved = { class_type: 'KSampler', inputs: { ...textToVideo[8].inputs, model: ['1', 0] } };
  for (const [change, shift] of [
    [{ 8: unmoved }, Math.exp(2.37)],
    [{ 4: moved }, 10.70631],
  ] as const) {
    const [{ shift: found } = {}] = paramsOf(bring({ ...textToVideo, ...clip, ...size, ...change }).graph, 'denoiser');
    expect(found).toBeCloseTo(shift, 4);
  }
});

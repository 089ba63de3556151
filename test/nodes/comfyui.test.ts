import { describe, expect, test } from 'vitest';
import { check } from '../../nodes/check';
import { plainWords } from '../../nodes/comfyui/plain-words';
import { isWorkflow } from '../../nodes/comfyui/read-workflow';
import { readGraph } from '../../nodes/graph';
import { models } from './graphs-for-tests';
import { asPage, bring, paramsOf, textToVideo, wired } from './workflows-for-tests';

describe('ComfyUI workflows', () => {
  test('text to video becomes a graph that Skein has nothing against', () => {
    const { graph, remarks } = bring(textToVideo);
    expect(check(graph, models).problems).toEqual([]);
    expect(remarks).toEqual([]);
    expect(paramsOf(graph, 'model')).toMatchObject([{ model: 'gosling' }]);
    expect(paramsOf(graph, 'prompt').map(({ text }) => text)).toEqual(['a red ball', 'blur']);
    expect(paramsOf(graph, 'noise-seed')).toMatchObject([{ seed: 7, width: 64, height: 64, frames: 17, fps: 8 }]);
    expect(paramsOf(graph, 'denoiser')).toMatchObject([
      { sampler: 'euler', schedule: 'simple', steps: 12, guidance: 4.5, shift: 5, strength: 1 },
    ]);
    expect(paramsOf(graph, 'muxer')).toMatchObject([{ format: 'mp4', name: 'ball', fps: null }]);
    expect(readGraph(JSON.stringify(graph)).graph).toEqual(graph);
  });

  test('two samplers over a pair of networks become one denoiser with two guidances', () => {
    const pair = {
      ...textToVideo,
      12: { class_type: 'UNETLoader', inputs: { unet_name: 'gosling_low_noise.safetensors', weight_dtype: 'default' } },
      8: {
        class_type: 'KSamplerAdvanced',
        inputs: {
          model: ['4', 0],
          positive: ['5', 0],
          negative: ['6', 0],
          latent_image: ['7', 0],
          add_noise: 'enable',
          noise_seed: 3,
          steps: 20,
          cfg: 3.5,
          sampler_name: 'euler',
          scheduler: 'beta',
          start_at_step: 0,
          end_at_step: 10,
          return_with_leftover_noise: 'enable',
        },
      },
      13: {
        class_type: 'KSamplerAdvanced',
        inputs: {
          model: ['12', 0],
          positive: ['5', 0],
          negative: ['6', 0],
          latent_image: ['8', 0],
          add_noise: 'disable',
          noise_seed: 0,
          steps: 20,
          cfg: 2,
          sampler_name: 'euler',
          scheduler: 'beta',
          start_at_step: 10,
          end_at_step: 10000,
          return_with_leftover_noise: 'disable',
        },
      },
      9: { class_type: 'VAEDecode', inputs: { samples: ['13', 0], vae: ['3', 0] } },
    };
    const changed = {
      ...pair,
      14: { class_type: 'LoraLoaderModelOnly', inputs: { model: ['12', 0], lora_name: 'Low', strength_model: 0.5 } },
      15: { class_type: 'LoraLoaderModelOnly', inputs: { model: ['4', 0], lora_name: 'High', strength_model: 1 } },
      8: { class_type: pair[8].class_type, inputs: { ...pair[8].inputs, model: ['15', 0] } },
      13: { class_type: pair[13].class_type, inputs: { ...pair[13].inputs, model: ['14', 0] } },
    };
    expect(paramsOf(bring(changed).graph, 'lora')).toMatchObject([
      { lora: 'High', network: 'first', strength: 1 },
      { lora: 'Low', network: 'second', strength: 0.5 },
    ]);
    const { graph, remarks } = bring(asPage(pair));
    expect(paramsOf(graph, 'denoiser')).toMatchObject([
      { steps: 20, guidance: 3.5, guidanceLow: 2, secondAfter: 10, shift: 5, schedule: 'beta' },
    ]);
    expect(paramsOf(graph, 'noise-seed')).toMatchObject([{ seed: 3 }]);
    expect(remarks).toEqual([]);
    const other = { class_type: pair[13].class_type, inputs: { ...pair[13].inputs, steps: 8, scheduler: 'simple' } };
    expect(bring({ ...pair, 13: other }).remarks[0]?.says).toMatch(/takes from the first .*: steps, scheduler\.$/);
  });

  test('brackets that weigh words are taken out and named, those that are meant stay; no text at all is zeros', () => {
    expect(plainWords('a \\(red\\) ball:2')).toEqual({ text: 'a (red) ball:2', isWeighted: false });
    expect(plainWords('a ((red:1.2) ball)')).toEqual({ text: 'a red ball', isWeighted: true });
    expect(plainWords('(at 10:30) (x:1)')).toEqual({ text: 'at 10 x', isWeighted: true });
    expect(plainWords('open ( and ) (a:b)')).toEqual({ text: 'open  and  a:b', isWeighted: true });
    const flow = {
      ...textToVideo,
      5: { class_type: 'CLIPTextEncode', inputs: { clip: ['2', 0], text: 'a (red:1.4) ball' } },
      6: { class_type: 'ConditioningZeroOut', inputs: { conditioning: ['5', 0] } },
    };
    const { graph, remarks } = bring(flow);
    expect(paramsOf(graph, 'prompt')).toMatchObject([{ text: 'a red ball' }]);
    expect(paramsOf(graph, 'text-encoder')).toMatchObject([{ zeros: true }]);
    expect(remarks.map(({ says }) => says)).toEqual([expect.stringMatching(/does not weigh words/)]);
  });

  test('a sampler of a part of the steps takes that part', () => {
    const inputs = {
      ...textToVideo[8].inputs,
      add_noise: 'enable',
      noise_seed: 5,
      return_with_leftover_noise: 'enable',
    };
    const part = { class_type: 'KSamplerAdvanced', inputs: { ...inputs, start_at_step: 2, end_at_step: 9 } };
    const { graph } = bring({ ...textToVideo, 8: part });
    expect(paramsOf(graph, 'denoiser')).toMatchObject([
      { steps: 12, startStep: 2, endStep: 9, leftover: true, noisy: false },
    ]);
  });

  test('first and last frame, LoRAs and their order', () => {
    const { graph, remarks } = bring({
      ...textToVideo,
      20: { class_type: 'LoadImage', inputs: { image: 'start.png' } },
      21: { class_type: 'LoadImage', inputs: { image: 'end.png' } },
      7: {
        class_type: 'WanFirstLastFrameToVideo',
        inputs: {
          positive: ['5', 0],
          negative: ['6', 0],
          vae: ['3', 0],
          width: 64,
          height: 48,
          length: 9,
          batch_size: 1,
          start_image: ['20', 0],
          end_image: ['21', 0],
        },
      },
      22: {
        class_type: 'LoraLoaderModelOnly',
        inputs: { model: ['1', 0], lora_name: 'style/Paper.safetensors', strength_model: 0.8 },
      },
      23: {
        class_type: 'LoraLoaderModelOnly',
        inputs: { model: ['22', 0], lora_name: 'Speed.safetensors', strength_model: 1 },
      },
      4: { class_type: 'ModelSamplingSD3', inputs: { model: ['23', 0], shift: 5 } },
      8: {
        class_type: 'KSampler',
        inputs: { ...textToVideo[8].inputs, positive: ['7', 0], negative: ['7', 1], latent_image: ['7', 2] },
      },
    });
    expect(paramsOf(graph, 'frame-conditioner').map(({ position }) => position)).toEqual(['first', 'last']);
    expect(wired(graph, 'frame-conditioner-2')).toMatchObject({ pins: 'frame-conditioner', frames: 'image-2' });
    expect(wired(graph, 'denoiser')).toMatchObject({ frames: 'frame-conditioner-2', model: 'lora-2' });
    expect(paramsOf(graph, 'lora')).toMatchObject([
      { lora: 'Paper', strength: 0.8 },
      { lora: 'Speed', strength: 1 },
    ]);
    expect(wired(graph, 'lora-2')).toEqual({ model: 'lora' });
    expect(paramsOf(graph, 'noise-seed')).toMatchObject([{ width: 64, height: 48, frames: 9 }]);
    expect(remarks.map(({ says }) => says).join(' ')).toMatch(/start\.png.*end\.png/);
  });

  test('LTX: custom sampler, frame rate in the text, a guide in the middle', () => {
    const { graph, remarks } = bring({
      1: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'ltx-video-2b.safetensors' } },
      2: { class_type: 'CLIPLoader', inputs: { clip_name: 't5.safetensors', type: 'ltxv' } },
      3: { class_type: 'CLIPTextEncode', inputs: { clip: ['2', 0], text: 'waves' } },
      4: { class_type: 'CLIPTextEncode', inputs: { clip: ['2', 0], text: 'worst quality' } },
      5: { class_type: 'LTXVConditioning', inputs: { positive: ['8', 0], negative: ['8', 1], frame_rate: 25 } },
      6: { class_type: 'EmptyLTXVLatentVideo', inputs: { width: 768, height: 512, length: 97, batch_size: 1 } },
      7: { class_type: 'LoadImage', inputs: { image: 'sea.png' } },
      8: {
        class_type: 'LTXVAddGuide',
        inputs: {
          positive: ['3', 0],
          negative: ['4', 0],
          vae: ['1', 2],
          latent: ['6', 0],
          image: ['7', 0],
          frame_idx: 40,
          strength: 0.9,
        },
      },
      9: { class_type: 'KSamplerSelect', inputs: { sampler_name: 'euler' } },
      10: {
        class_type: 'LTXVScheduler',
        inputs: { steps: 30, max_shift: 2.05, base_shift: 0.95, stretch: true, terminal: 0.1, latent: ['8', 2] },
      },
      11: {
        class_type: 'SamplerCustom',
        inputs: {
          model: ['1', 0],
          positive: ['5', 0],
          negative: ['5', 1],
          sampler: ['9', 0],
          sigmas: ['10', 0],
          latent_image: ['8', 2],
          add_noise: true,
          noise_seed: 11,
          cfg: 3,
        },
      },
      12: { class_type: 'LTXVCropGuides', inputs: { positive: ['5', 0], negative: ['5', 1], latent: ['11', 0] } },
      13: { class_type: 'VAEDecode', inputs: { samples: ['12', 2], vae: ['1', 2] } },
      14: {
        class_type: 'SaveAnimatedWEBP',
        inputs: { images: ['13', 0], filename_prefix: 'ComfyUI', fps: 24, lossless: false },
      },
    });
    expect(paramsOf(graph, 'noise-seed')).toMatchObject([{ seed: 11, width: 768, height: 512, frames: 97, fps: 25 }]);
    expect(paramsOf(graph, 'frame-conditioner')).toMatchObject([{ position: 'at', at: 5, strength: 0.9 }]);
    expect(paramsOf(graph, 'denoiser')).toMatchObject([{ sampler: 'euler', schedule: 'flow', steps: 30, guidance: 3 }]);
    expect(paramsOf(graph, 'muxer')).toMatchObject([{ format: 'webp' }]);
    expect(paramsOf(graph, 'model')).toMatchObject([{ model: 'ltx-video-2b' }]);
    expect(remarks.map(({ what }) => what)).toContain('LTXVScheduler');
  });

  test('the guider nodes say the same as a plain sampler', () => {
    const { graph } = bring({
      ...textToVideo,
      30: { class_type: 'RandomNoise', inputs: { noise_seed: 7 } },
      31: { class_type: 'CFGGuider', inputs: { model: ['4', 0], positive: ['5', 0], negative: ['6', 0], cfg: 4.5 } },
      32: { class_type: 'KSamplerSelect', inputs: { sampler_name: 'euler' } },
      33: { class_type: 'BasicScheduler', inputs: { model: ['4', 0], scheduler: 'simple', steps: 12, denoise: 1 } },
      8: {
        class_type: 'SamplerCustomAdvanced',
        inputs: { noise: ['30', 0], guider: ['31', 0], sampler: ['32', 0], sigmas: ['33', 0], latent_image: ['7', 0] },
      },
    });
    expect(graph.nodes).toEqual(bring(textToVideo).graph.nodes);
  });

  test('what has no place is named, with its title, on the canvas too', () => {
    const { graph, remarks } = bring({
      ...textToVideo,
      8: { class_type: 'KSampler', inputs: { ...textToVideo[8].inputs, sampler_name: 'nobody_knows', steps: 100_000 } },
      40: { class_type: 'PerturbedAttention', inputs: { model: ['1', 0], scale: 3 }, _meta: { title: 'PAG' } },
      4: { class_type: 'ModelSamplingSD3', inputs: { model: ['40', 0], shift: 5 } },
      41: { class_type: 'RIFE VFI', inputs: { frames: ['9', 0], multiplier: 2 } },
    });
    const said = remarks.map(({ what, says }) => `${what}: ${says}`).join('\n');
    expect(said).toMatch(/PAG \(PerturbedAttention\)/);
    expect(said).toMatch(/nobody_knows/);
    expect(said).toMatch(/steps is 100000/);
    expect(said).toMatch(/RIFE VFI/);
    expect(graph.layout.notes[0]!.text).toMatch(/PAG/);
    expect(paramsOf(graph, 'denoiser')).toMatchObject([{ steps: 20, guidance: 4.5 }]);
  });

  test('GGUF is refused by name', () => {
    const { remarks } = bring({
      ...textToVideo,
      1: { class_type: 'UnetLoaderGGUF', inputs: { unet_name: 'wan-Q4.gguf' } },
    });
    expect(remarks.map(({ says }) => says).join()).toMatch(/wan-Q4\.gguf is a GGUF file/);
  });

  test('what is no such workflow is told from one, and damage is a sentence', () => {
    expect(isWorkflow(textToVideo)).toBe(true);
    expect(isWorkflow({ prompt: textToVideo })).toBe(true);
    expect(isWorkflow(asPage(textToVideo))).toBe(true);
    expect(isWorkflow(bring(textToVideo).graph)).toBe(false);
    for (const other of [null, 3, [], {}, { nodes: 4, links: 2 }, { a: { class: 1 } }])
      expect(isWorkflow(other)).toBe(false);
    expect(bring({ nodes: [{ id: {}, type: 4 }], links: [] }).problem).toMatch(/damaged/);
    expect(bring({ 1: { class_type: 'SaveAudio', inputs: {} } }).problem).toMatch(
      /Wan and LTX, and this has SaveAudio/,
    );
  });

  test('a workflow that goes round in circles is refused', () => {
    const circle = { ...textToVideo, 4: { class_type: 'ModelSamplingSD3', inputs: { model: ['4', 0], shift: 5 } } };
    expect(bring(circle).problem).toMatch(/circle/);
    const latents = { ...textToVideo, 7: { class_type: 'LTXVAddGuide', inputs: { latent: ['9', 0] } } };
    expect(bring(latents).problem).toMatch(/circle/);
  });
});

import { describe, expect, test } from 'vitest';
import { flow, pack, prints, said, uuid } from './subgraphs-for-tests';
import { bring, paramsOf, textToVideo, wired } from './workflows-for-tests';

describe('nodes that only lead or work out', () => {
  test('a switch leads to what it is set to; values are worked out', () => {
    const choosing = {
      ...textToVideo,
      20: { class_type: 'PrimitiveBoolean', inputs: { value: true } },
      21: { class_type: 'LoraLoaderModelOnly', inputs: { model: ['1', 0], lora_name: 'Fast', strength_model: 1 } },
      22: { class_type: 'ComfySwitchNode', inputs: { on_false: ['1', 0], on_true: ['21', 0], switch: ['20', 0] } },
      23: { class_type: 'ComfySwitchNode', inputs: { on_false: 30, on_true: 4, switch: ['20', 0] } },
      24: { class_type: 'PrimitiveFloat', inputs: { value: 2 } },
      25: {
        class_type: 'ComfyMathExpression',
        inputs: { expression: 'floor(a * b + 1)', 'values.a': ['24', 0], 'values.b': 8 },
      },
      4: { class_type: 'ModelSamplingSD3', inputs: { model: ['22', 0], shift: 5 } },
      7: { class_type: 'EmptyHunyuanLatentVideo', inputs: { ...textToVideo[7].inputs, length: ['25', 1] } },
      8: { class_type: 'KSampler', inputs: { ...textToVideo[8].inputs, steps: ['23', 0] } },
    };
    const { graph, remarks } = bring(choosing);
    expect(remarks).toEqual([]);
    expect(paramsOf(graph, 'lora')).toMatchObject([{ lora: 'Fast' }]);
    expect(paramsOf(graph, 'denoiser')).toMatchObject([{ steps: 4 }]);
    expect(paramsOf(graph, 'noise-seed')).toMatchObject([{ frames: 17 }]);
    const other = { ...choosing, 20: { class_type: 'PrimitiveBoolean', inputs: { value: false } } };
    expect(paramsOf(bring(other).graph, 'denoiser')).toMatchObject([{ steps: 30 }]);
    expect(paramsOf(bring(other).graph, 'lora')).toEqual([]);
  });

  test('named wires lead through subgraphs', () => {
    const packed = flow();
    const blank = { ...structuredClone(packed.nodes[0]!), inputs: [], outputs: [{ type: 'MODEL' }] };
    packed.nodes.push({ ...blank, id: 60, type: 'GetNode', widgets_values: ['network'] });
    packed.nodes.push({
      ...{ ...blank, id: 61, type: 'SetNode', widgets_values: ['network'] },
      inputs: [{ name: 'MODEL', type: 'MODEL', link: 95 }],
    });
    const link = (packed.links as unknown[][]).find(([, from, , to]) => from === 1 && to === 4)!;
    link[1] = 60;
    packed.links.push([95, 1, 0, 61, 0, 'MODEL']);
    pack(packed, { ids: [4, 7, 8, 60], host: 20, definition: uuid(1), name: 'Sampling' });
    const { graph, remarks } = bring(packed);
    expect(remarks).toEqual([]);
    expect(prints(graph)).toEqual(prints(bring(textToVideo).graph));
  });
});

test('a blueprint, which is a subgraph by itself, gets pictures for its sockets and a muxer', () => {
  const alone = flow();
  const latent = alone.nodes.find(({ id }) => id === 7)!;
  Object.assign(latent, { type: 'WanImageToVideo' });
  latent.inputs.push({ name: 'start_image', type: 'IMAGE', link: 900 });
  const host = pack(alone, { ids: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], host: 20, definition: uuid(1), name: 'Blueprint' });
  const [definition] = alone.definitions.subgraphs;
  definition!.links.push({
    id: 900,
    origin_id: -10,
    origin_slot: 0,
    target_id: 7,
    target_slot: latent.inputs.length - 1,
  });
  definition!.inputs = [{ name: 'start_image', type: 'IMAGE' }];
  definition!.outputs = [{ name: 'VIDEO', type: 'VIDEO' }];
  Object.assign(alone, { nodes: [host], links: [] });
  const { graph, remarks } = bring(alone);
  expect(graph.nodes.map(({ type }) => type.replace(/:.*/, '')).sort()).toEqual(['component', 'image', 'muxer']);
  expect(graph.components).toMatchObject([{ inputs: [{ title: 'Start image' }] }]);
  expect(said(remarks)).toMatch(/^Blueprint: It stands alone/);
});

describe('what is passed over, or typed beneath', () => {
  test('a node that changes pictures and is not known here does not take the film along', () => {
    const { graph, remarks } = bring({
      ...textToVideo,
      12: { class_type: 'ColorMatch', inputs: { image_target: ['9', 0], image_ref: ['9', 0] } },
      10: { class_type: 'CreateVideo', inputs: { images: ['12', 0], fps: 8 } },
    });
    expect(said(remarks)).toBe('ColorMatch: Skein has no such node: it was passed over.');
    expect(prints(graph)).toEqual(prints(bring(textToVideo).graph));
  });

  test('a value that a strange node computes is the one typed beneath, where there is one', () => {
    const computed = flow();
    const size = computed.nodes.find(({ id }) => id === 7)!;
    size.inputs.push({ name: 'width', type: 'INT', widget: { name: 'width' }, link: 95 });
    const strange = {
      ...structuredClone(computed.nodes[0]!),
      inputs: [],
      outputs: [{ type: 'INT' }],
      widgets_values: [],
    };
    computed.nodes.push({ ...strange, id: 70, type: 'ImpactImageInfo' });
    computed.links.push([95, 70, 0, 7, size.inputs.length - 1, 'INT']);
    const { graph, remarks } = bring(computed);
    expect(said(remarks)).toMatch(/^ImpactImageInfo: A value that it computes .* 64 stands instead/);
    expect(prints(graph)).toEqual(prints(bring(textToVideo).graph));
  });

  test('a film to begin with, and pictures at both ends of an inpainting model', () => {
    const { graph, remarks } = bring({
      ...textToVideo,
      20: { class_type: 'LoadVideo', inputs: { file: 'walk.mp4' } },
      21: { class_type: 'GetVideoComponents', inputs: { video: ['20', 0] } },
      7: {
        class_type: 'WanFunInpaintToVideo',
        inputs: {
          ...textToVideo[7].inputs,
          positive: ['5', 0],
          negative: ['6', 0],
          vae: ['3', 0],
          start_image: ['21', 0],
        },
      },
      8: {
        class_type: 'KSampler',
        inputs: { ...textToVideo[8].inputs, positive: ['7', 0], negative: ['7', 1], latent_image: ['7', 2] },
      },
    });
    expect(said(remarks)).toBe(
      'LoadVideo: Choose the film walk.mp4 on its card: films do not travel inside workflows.',
    );
    expect(wired(graph, 'frame-conditioner')).toMatchObject({ frames: 'video' });
    expect(paramsOf(graph, 'frame-conditioner')).toMatchObject([{ position: 'first' }]);
  });
});

import { importWorkflow } from '../../nodes/comfyui/import-workflow';
import type { Graph } from '../../nodes/graph';
import { models } from './graphs-for-tests';

/** Text to video as ComfyUI's API takes it. */
export const textToVideo = {
  1: { class_type: 'UNETLoader', inputs: { unet_name: 'video/gosling.safetensors', weight_dtype: 'default' } },
  2: { class_type: 'CLIPLoader', inputs: { clip_name: 'words.safetensors', type: 'wan' } },
  3: { class_type: 'VAELoader', inputs: { vae_name: 'pictures.safetensors' } },
  4: { class_type: 'ModelSamplingSD3', inputs: { model: ['1', 0], shift: 5.000000000000001 } },
  5: { class_type: 'CLIPTextEncode', inputs: { clip: ['2', 0], text: 'a red ball' }, _meta: { title: 'Positive' } },
  6: { class_type: 'CLIPTextEncode', inputs: { clip: ['2', 0], text: 'blur' } },
  7: { class_type: 'EmptyHunyuanLatentVideo', inputs: { width: 64, height: 64, length: 17, batch_size: 1 } },
  8: {
    class_type: 'KSampler',
    inputs: {
      model: ['4', 0],
      positive: ['5', 0],
      negative: ['6', 0],
      latent_image: ['7', 0],
      seed: 7,
      steps: 12,
      cfg: 4.5,
      sampler_name: 'euler',
      scheduler: 'simple',
      denoise: 1,
    },
  },
  9: { class_type: 'VAEDecode', inputs: { samples: ['8', 0], vae: ['3', 0] } },
  10: { class_type: 'CreateVideo', inputs: { images: ['9', 0], fps: 8 } },
  11: {
    class_type: 'SaveVideo',
    inputs: { video: ['10', 0], filename_prefix: 'video/ball', format: 'auto', codec: 'auto' },
  },
};

export const bring = (workflow: unknown, name = 'Brought') => {
  const { graph, remarks, problem } = {
    remarks: [],
    problem: undefined,
    ...importWorkflow(workflow, { name, models }),
  };
  return { graph: graph!, remarks, problem };
};
export const paramsOf = (graph: Graph, type: string) =>
  graph.nodes.filter((node) => node.type === type).map((node) => node.params);
export const wired = (graph: Graph, to: string) =>
  Object.fromEntries(graph.wires.filter((wire) => wire.to.node === to).map((wire) => [wire.to.port, wire.from.node]));

/** The same workflow as ComfyUI's page saves it: values without names, links by number. */
export function asPage(api: Record<string, { class_type: string; inputs: Record<string, unknown> }>) {
  const links: unknown[] = [];
  const nodes = Object.entries(api).map(([id, { class_type: type, inputs }]) => {
    const entries = Object.entries(inputs);
    const wires = entries.filter(([, value]) => Array.isArray(value));
    const values = entries.filter(([, value]) => !Array.isArray(value));
    return {
      id: Number(id),
      type,
      mode: 0,
      inputs: wires.map(([name, value], slot) => {
        const [from, out] = value as [string, number];
        links.push([links.length + 1, Number(from), out, Number(id), slot, '*']);
        return { name, type: '*', link: links.length };
      }),
      outputs: [{ type: '*' }, { type: '*' }, { type: '*' }],
      widgets_values: values.flatMap(([name, value]) => (/seed$/.test(name) ? [value, 'randomize'] : [value])),
    };
  });
  return { last_node_id: 99, nodes, links, version: 0.4, groups: [] };
}

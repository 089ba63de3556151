import { emptyGraph, type Graph, makeNode } from '../../nodes/graph';
import type { ModelCard } from '../../nodes/values';

const card = (about: Partial<ModelCard> & Pick<ModelCard, 'id' | 'title' | 'latent' | 'text' | 'pins'>): ModelCard => ({
  family: 'wan',
  digest: about.id.padEnd(64, '0'),
  parts: {
    denoiser: { digest: `${about.id}-d`, bytes: 1, dtype: 'fp32' },
    'text-encoder': { digest: `${about.id}-t`, bytes: 1, dtype: 'fp32' },
    vae: { digest: `${about.id}-v`, bytes: 1, dtype: 'fp32' },
  },
  defaults: {
    width: 64,
    height: 64,
    frames: 17,
    fps: 8,
    steps: 20,
    guidance: 4,
    shift: 3,
    sampler: 'unipc',
    schedule: 'flow',
  },
  ...about,
});

/** Three checkpoints: a small one that takes any known frames, one of another space, one of another family. */
export const small = card({
  id: 'gosling',
  title: 'Gosling',
  latent: { space: 'gosling-8x4', channels: 4, time: 4, scale: 8, multiple: 16 },
  text: { width: 64, length: 64 },
  pins: 'any',
});
export const large = card({
  id: 'wan22',
  title: 'Wan 2.2',
  latent: { space: 'wan22-16x4', channels: 48, time: 4, scale: 16, multiple: 32 },
  text: { width: 4096, length: 512 },
  pins: 'first',
});
export const other = card({
  id: 'ltx',
  title: 'LTX',
  family: 'ltx',
  latent: { space: 'ltx-32x8', channels: 128, time: 8, scale: 32, multiple: 32 },
  text: { width: 64, length: 128 },
  pins: 'none',
});
export const models = { gosling: small, wan22: large, ltx: other };

type Params = Record<string, unknown>;

/** A graph from `id: [type, params?]` and wires written `from.port > to.port`. */
export function graphOf(nodes: Record<string, [type: string, params?: Params]>, wires: string[]): Graph {
  return {
    ...emptyGraph('test'),
    nodes: Object.entries(nodes).map(([id, [type, params]]) => {
      const node = makeNode(type, id);
      return { ...node, params: { ...node.params, ...params } };
    }),
    wires: wires.map(wireOf),
  };
}

export function wireOf(text: string): Graph['wires'][number] {
  const [from, to] = text.split(' > ').map((end) => {
    const [node, port] = end.split('.');
    return { node: node!, port: port! };
  });
  return { from: from!, to: to! };
}

/** The sentence most people begin with. `about` adds params to its nodes. */
export const textToVideo = (about: Record<string, Params> = {}): Graph =>
  graphOf(
    {
      model: ['model', about.model],
      prompt: ['prompt', { text: 'a red ball', ...about.prompt }],
      text: ['text-encoder', about.text],
      noise: ['noise-seed', about.noise],
      denoiser: ['denoiser', about.denoiser],
      decoder: ['vae-decoder', about.decoder],
      muxer: ['muxer', about.muxer],
    },
    [
      'model.textEncoder > text.model',
      'prompt.text > text.prompt',
      'model.denoiser > noise.model',
      'model.denoiser > denoiser.model',
      'noise.noise > denoiser.noise',
      'text.text > denoiser.text',
      'text.avoid > denoiser.avoid',
      'model.vae > decoder.model',
      'denoiser.clip > decoder.clip',
      'decoder.frames > muxer.frames',
    ],
  );

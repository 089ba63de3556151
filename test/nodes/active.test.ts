import { describe, expect, test } from 'vitest';
import { active, canBypass } from '../../nodes/active';
import { check } from '../../nodes/check';
import type { Graph } from '../../nodes/graph';
import { readGraph } from '../../nodes/graph';
import { registry } from '../../nodes/registry';
import { plan } from '../../server/engine/plan';
import { graphOf, models } from './graphs-for-tests';

const film = graphOf(
  {
    model: ['model', { model: 'gosling' }],
    lora: ['lora'],
    noise: ['noise-seed'],
    words: ['prompt'],
    text: ['text-encoder'],
    denoiser: ['denoiser', { guidance: 1 }],
    decoder: ['vae-decoder'],
    resize: ['resize'],
    crop: ['crop'],
    muxer: ['muxer'],
    still: ['still'],
  },
  [
    'model.denoiser > lora.model',
    'lora.model > denoiser.model',
    'model.denoiser > noise.model',
    'model.textEncoder > text.model',
    'words.text > text.prompt',
    'noise.noise > denoiser.noise',
    'text.text > denoiser.text',
    'text.avoid > denoiser.avoid',
    'model.vae > decoder.model',
    'denoiser.clip > decoder.clip',
    'decoder.frames > resize.frames',
    'resize.frames > crop.frames',
    'crop.frames > muxer.frames',
    'decoder.frames > still.frames',
  ],
);
const switched = (off: Record<string, 'mute' | 'bypass'>, graph = film): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) => (off[node.id] ? { ...node, off: off[node.id] } : node)),
});
const sourceOf = (graph: Graph, to: string, port: string) =>
  graph.wires
    .filter((wire) => wire.to.node === to && wire.to.port === port)
    .map(({ from }) => `${from.node}.${from.port}`);
const nothingCached = { look: () => null, seconds: () => undefined, resumesAt: () => null };
const planned = (graph: Graph, targets?: string[]) =>
  plan(graph, { models, device: 'cpu/fp32', cache: nothingCached, ...(targets ? { targets } : {}) });

describe('muted and bypassed nodes', () => {
  test('with nothing off the graph is the same object', () => {
    expect(active(film).graph).toBe(film);
  });

  test('a row of bypassed nodes hands through what came before them', () => {
    const { graph, off } = active(switched({ resize: 'bypass', crop: 'bypass', lora: 'bypass' }));
    expect(sourceOf(graph, 'muxer', 'frames')).toEqual(['decoder.frames']);
    expect(sourceOf(graph, 'denoiser', 'model')).toEqual(['model.denoiser']);
    expect([...off.values()]).toEqual(['bypassed', 'bypassed', 'bypassed']);
    expect(check(graph, models).problems.filter(({ at }) => at !== 'lora')).toEqual([]);
  });

  test('the fingerprint of what follows is that of the graph without the node', () => {
    const without: Graph = {
      ...film,
      nodes: film.nodes.filter(({ id }) => id !== 'resize'),
      wires: [
        ...film.wires.filter(({ from, to }) => from.node !== 'resize' && to.node !== 'resize'),
        { from: { node: 'decoder', port: 'frames' }, to: { node: 'crop', port: 'frames' } },
      ],
    };
    const lora = { lora: 'bypass' } as const;
    const bypassed = planned(switched({ ...lora, resize: 'bypass' }));
    const removed = planned(switched(lora, without));
    expect(bypassed.nodes.get('muxer')?.fingerprint).toBeTruthy();
    expect(bypassed.nodes.get('muxer')).toEqual(removed.nodes.get('muxer'));
    expect(bypassed.nodes.get('resize')).toEqual({ state: 'off' });
  });

  test('a muted node is gone with all that cannot do without it, and with nothing else', () => {
    const { graph, off } = active(switched({ resize: 'mute', lora: 'bypass' }));
    expect(Object.fromEntries(off)).toEqual({ resize: 'muted', lora: 'bypassed', crop: 'idle', muxer: 'idle' });
    expect(graph.nodes.map(({ id }) => id)).toContain('still');
    const { nodes, problems } = planned(switched({ resize: 'mute', lora: 'bypass' }));
    expect(problems).toEqual([]);
    expect(nodes.get('still')?.state).toBe('will-run');
    expect(nodes.get('muxer')?.state).toBe('off');
  });

  test('an optional input of a muted node is merely empty', () => {
    const { graph, off } = active(switched({ words: 'mute' }));
    expect(off.get('text')).toBe('idle');
    expect(active(switched({ text: 'mute' })).off.get('denoiser')).toBe('idle');
    const avoiding = active({ ...film, nodes: switched({ still: 'mute' }).nodes });
    expect(avoiding.off.size).toBe(1);
    expect(graph.wires.some(({ to }) => to.node === 'noise')).toBe(true);
  });

  test('a bypassed denoiser hands on the clip it was to rework, never bare noise', () => {
    expect(active(switched({ denoiser: 'bypass' })).off.get('decoder')).toBe('idle');
    const reworks: Graph = {
      ...film,
      nodes: [...film.nodes, ...graphOf({ file: ['latent-file'] }, []).nodes],
      wires: [...film.wires, { from: { node: 'file', port: 'clip' }, to: { node: 'denoiser', port: 'clip' } }],
    };
    expect(sourceOf(active(switched({ denoiser: 'bypass' }, reworks)).graph, 'decoder', 'clip')).toEqual(['file.clip']);
  });

  test('problems of what is off stop nothing; with everything off the plan says so', () => {
    const broken = switched({ lora: 'bypass', resize: 'bypass' });
    const wrong = {
      ...broken,
      nodes: broken.nodes.map((node) => (node.id === 'resize' ? { ...node, params: { width: -4 } } : node)),
    };
    expect(planned(wrong).problems).toEqual([]);
    expect(
      planned(switched({ lora: 'bypass', decoder: 'mute' }))
        .problems.map(({ says }) => says)
        .join(),
    ).toMatch(/muted/);
    expect(planned(broken, ['resize']).problems).toMatchObject([{ at: 'resize' }, {}]);
  });

  test('what makes something new cannot be bypassed', () => {
    const able = Object.values(registry)
      .filter(canBypass)
      .map(({ type }) => type);
    for (const type of ['lora', 'resize', 'crop', 'trim', 'join', 'frame-conditioner', 'denoiser'])
      expect(able).toContain(type);
    for (const type of ['model', 'prompt', 'vae-decoder', 'vae-encoder', 'muxer', 'text-encoder', 'noise-seed'])
      expect(able).not.toContain(type);
  });

  test('circles and wires into nowhere are left to the checker', () => {
    const circle = graphOf({ a: ['resize'], b: ['crop'] }, ['a.frames > b.frames', 'b.frames > a.frames']);
    expect(active(switched({ a: 'bypass' }, circle)).graph.nodes).toHaveLength(2);
    const loose: Graph = {
      ...film,
      wires: [...film.wires, { from: { node: 'gone', port: 'x' }, to: { node: 'muxer', port: 'frames' } }],
    };
    expect(active(switched({ resize: 'bypass' }, loose)).graph.wires.some(({ from }) => from.node === 'gone')).toBe(
      true,
    );
  });

  test('saved and read again it stays', () => {
    const graph = switched({ resize: 'mute' });
    expect(readGraph(JSON.stringify(graph)).graph).toEqual(graph);
  });
});

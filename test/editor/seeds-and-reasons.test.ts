import { expect, test } from 'vitest';
import { createEditor } from '../../app/editor/state/editor-store';
import { guessPlan, reasonOfCard, reasonsFor } from '../../app/editor/state/reasons';
import { nextSeed } from '../../app/editor/state/seeds';
import { type Graph, makeNode } from '../../nodes/graph';
import { graphOf } from '../nodes/graphs-for-tests';

test('the seed a run takes: the shown one, a new one, or one more than the one that has run', () => {
  expect(nextSeed('fixed', 7, true)).toBe(7);
  expect(nextSeed('count', 7, false)).toBe(7);
  expect(nextSeed('count', 7, true)).toBe(8);
  expect(nextSeed('count', Number.MAX_SAFE_INTEGER, true)).toBe(0);
  const fresh = new Set(Array.from({ length: 20 }, () => nextSeed('new', 7, false)));
  expect(fresh.size).toBeGreaterThan(15);
});

const graph = graphOf(
  { noise: ['noise-seed'], denoiser: ['denoiser'], vae: ['vae-decoder'], muxer: ['muxer'], words: ['prompt'] },
  ['noise.noise > denoiser.noise', 'denoiser.clip > vae.clip', 'vae.frames > muxer.frames'],
);
const setting = (id: string, params: Record<string, unknown>, from = graph): Graph => ({
  ...from,
  nodes: from.nodes.map((node) => (node.id === id ? { ...node, params: { ...node.params, ...params } } : node)),
});

test('a card says what was changed about it; those behind it, what was changed before them', () => {
  const reasons = reasonsFor(graph, setting('muxer', { fps: 12 }, setting('denoiser', { steps: 30 })));
  expect(reasons.get('denoiser')).toEqual({ what: 'steps', says: 'Denoiser: Steps 20 → 30' });
  expect(reasons.get('vae')).toEqual({ says: 'Denoiser: Steps 20 → 30' });
  expect(reasons.get('muxer')).toMatchObject({ what: 'frames per second' });
  expect([...reasons.keys()]).toEqual(['denoiser', 'vae', 'muxer']);
});

test('while no plan is to be had, what was changed and what comes after it will run; the rest is as it was planned', () => {
  const plan = Object.fromEntries(graph.nodes.map(({ id }) => [id, { state: 'cached' as const, seconds: 1 }]));
  const guessed = guessPlan({ graph, plan }, setting('vae', { tile: 64 }));
  expect(guessed['vae']).toEqual({ state: 'will-run' });
  expect(guessed['muxer']).toEqual({ state: 'will-run' });
  expect(guessed['denoiser']).toBe(plan['denoiser']);
  expect(guessPlan({ graph, plan }, { ...graph, name: 'Another' })).toEqual(plan);
});

test('a wire that was cut, several changes, nothing', () => {
  const cut = { ...graph, wires: graph.wires.slice(1) };
  expect(reasonsFor(graph, cut).get('denoiser')).toEqual({ what: 'noise', says: 'Denoiser: Noise cut' });
  const two = reasonsFor(graph, setting('denoiser', { steps: 30, guidance: 7 }));
  expect(two.get('denoiser')?.what).toBe('2 changes');
  expect(reasonsFor(graph, { ...graph, name: 'Another' }).size).toBe(0);
});

test('a reason is the same object as long as both graphs are: a card is not drawn again for what happens elsewhere', () => {
  const now = setting('denoiser', { steps: 30 });
  const nodes = Array.from({ length: 300 }, (_, n) => makeNode('prompt', `p${n}`));
  const editor = createEditor({ ...now, nodes: [...now.nodes, ...nodes] });
  const { setRan, apply } = editor.getState();
  setRan(graph);
  const seen = (id: string) => {
    const state = editor.getState();
    const { byId, run, plan, problems, graph: page } = state;
    return [byId.get(id), run.nodes[id], plan[id], problems[id], page, reasonOfCard(state, id)];
  };
  const run = { run: 'r', graph: 'g', at: 0 };
  apply([
    { ...run, seq: 1, type: 'run.started', attempt: 1 },
    { ...run, seq: 2, type: 'node.started', node: 'denoiser' },
  ]);
  const before = new Map([...editor.getState().byId.keys()].map((id) => [id, seen(id)]));
  apply([{ ...run, seq: 2, type: 'node.progress', node: 'denoiser', done: 3, of: 20 }]);
  const changed = [...before].filter(([id, was]) => seen(id).some((part, at) => part !== was[at]));
  expect(changed.map(([id]) => id)).toEqual(['denoiser']);
  expect(seen('vae')[5]).toEqual({ says: 'Denoiser: Steps 20 → 30' });
});

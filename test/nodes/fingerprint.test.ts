import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../nodes/check';
import { type AnyNode, defineNode, optional, port } from '../../nodes/define';
import { canonical, fingerprints } from '../../nodes/fingerprint';
import { emptyGraph, type Graph } from '../../nodes/graph';
import type { Models } from '../../nodes/values';
import { models, textToVideo } from './graphs-for-tests';

const prints = (graph: Graph, about: { models?: Models; device?: string; nodes?: Record<string, AnyNode> } = {}) => {
  const { models: cards = models, device = 'cpu/fp32', nodes } = about;
  const { params } = check(graph, cards, nodes);
  return fingerprints(graph, { params, models: cards, device, nodes });
};
const ran = (before: Record<string, string>, after: Record<string, string>) =>
  Object.keys(after)
    .filter((id) => after[id] !== before[id])
    .sort();

describe('the sentence of text to video', () => {
  const before = prints(textToVideo());

  test('every node has one: 64 hexadecimal digits, all different', () => {
    expect(Object.keys(before)).toHaveLength(7);
    expect(Object.values(before).every((print) => /^[0-9a-f]{64}$/.test(print))).toBe(true);
    expect(new Set(Object.values(before)).size).toBe(7);
  });

  test.each([
    ['muxer', { fps: 12 }, ['muxer']],
    ['denoiser', { steps: 21 }, ['decoder', 'denoiser', 'muxer']],
    ['denoiser', { shift: 5 }, ['decoder', 'denoiser', 'muxer']],
    ['noise', { seed: 43 }, ['decoder', 'denoiser', 'muxer', 'noise']],
    ['prompt', { text: 'a blue ball' }, ['decoder', 'denoiser', 'muxer', 'prompt', 'text']],
  ])('T3 a change at %s %j makes exactly %j anew', (node, params, wanted) => {
    expect(ran(before, prints(textToVideo({ [node]: params })))).toEqual(wanted);
  });

  test('another digest under the same model name makes all that uses it anew; the title and other models do not matter', () => {
    const swapped = { ...models, gosling: { ...models.gosling, digest: 'f'.repeat(64) } };
    expect(ran(before, prints(textToVideo(), { models: swapped }))).toEqual([
      'decoder',
      'denoiser',
      'model',
      'muxer',
      'noise',
      'text',
    ]);
    const renamed = { gosling: { ...models.gosling, title: 'Another name' } };
    expect(prints(textToVideo(), { models: renamed })).toEqual(before);
  });

  test('the same checkpoint under another name shares its work', () => {
    const twin = { ...models, twin: { ...models.gosling, id: 'twin' } };
    expect(prints(textToVideo({ model: { model: 'twin' } }), { models: twin })).toEqual(before);
  });

  test('the device matters to nodes that compute and to what follows them, to no other', () => {
    const onGpu = prints(textToVideo(), { device: 'cuda/fp16' });
    expect(ran(before, onGpu)).toEqual(['decoder', 'denoiser', 'muxer', 'text']);
  });

  test('a default left out is a default written down', () => {
    const graph = textToVideo();
    for (const node of graph.nodes) if (node.id !== 'prompt') node.params = {};
    expect(prints(graph)).toEqual(before);
  });

  test('nodes with wrong params, and all that need them, have none; the others keep theirs', () => {
    const after = prints(textToVideo({ noise: { seed: -1 } }));
    expect(Object.keys(after).sort()).toEqual(['model', 'prompt', 'text']);
    expect(after.text).toBe(before.text);
  });

  test('a circle has none at all', () => {
    const graph = textToVideo();
    graph.wires.push({ from: { node: 'denoiser', port: 'clip' }, to: { node: 'denoiser', port: 'clip' } });
    expect(prints(graph)).toEqual({});
  });
});

/** A tiny language for random graphs: sources, joins, and joins that compute. */
const source = defineNode({
  type: 'source',
  version: 1,
  title: 'Source',
  says: 'A word.',
  inputs: {},
  outputs: { a: port.text('One'), b: port.text('Two') },
  params: z.object({ word: z.string().default(''), number: z.number().default(0) }),
  run: async ({ params }) => ({ a: { kind: 'text', text: params.word }, b: { kind: 'text', text: params.word } }),
});
const joins = (['join', 'compute'] as const).map((type) =>
  defineNode({
    type,
    version: 1,
    title: type,
    says: 'Joins.',
    inputs: { left: optional(port.text('Left')), right: optional(port.text('Right')) },
    outputs: { a: port.text('One'), b: port.text('Two') },
    params: z.object({ glue: z.string().default('') }),
    computes: type === 'compute',
    run: async ({ inputs, params }) => {
      const text = `${inputs.left?.text ?? ''}${params.glue}${inputs.right?.text ?? ''}`;
      return { a: { kind: 'text', text }, b: { kind: 'text', text } };
    },
  }),
);
const nodes: Record<string, AnyNode> = { source, join: joins[0]!, compute: joins[1]! };

type Link = { from: number; port: 'a' | 'b' } | null;
type Draft = { kind: 'source' | 'join' | 'compute'; word: string; left: Link; right: Link }[];
const link = fc.option(fc.record({ from: fc.nat(), port: fc.constantFrom('a' as const, 'b' as const) }));
const draft: fc.Arbitrary<Draft> = fc.array(
  fc.record({
    kind: fc.constantFrom('source', 'join', 'compute'),
    word: fc.string({ maxLength: 3 }),
    left: link,
    right: link,
  }),
  { minLength: 2, maxLength: 12 },
);

/** A draft as a document: node i takes only from nodes before it. `name` gives the ids. */
function documentOf(items: Draft, name: (i: number) => string): Graph {
  const graph = emptyGraph();
  items.forEach(({ kind, word, left, right }, i) => {
    const params = kind === 'source' ? { word } : { glue: word };
    graph.nodes.push({ id: name(i), type: kind, version: 1, params });
    for (const [to, from] of [
      ['left', left],
      ['right', right],
    ] as const)
      if (kind !== 'source' && from && i > 0)
        graph.wires.push({ from: { node: name(from.from % i), port: from.port }, to: { node: name(i), port: to } });
  });
  return graph;
}

describe('any graph', () => {
  test('ids, titles, positions, notes, and the order of nodes and wires never matter', () => {
    fc.assert(
      fc.property(draft, fc.nat(), (items, salt) => {
        const first = documentOf(items, (i) => `n${i}`);
        const renamed = documentOf(items, (i) => `${(i * 7919 + salt) % 10007}-${i}`);
        const second: Graph = {
          ...renamed,
          name: 'Another',
          nodes: renamed.nodes.map((node) => ({ ...node, title: `Title ${salt}` })).reverse(),
          wires: [...renamed.wires].reverse(),
          layout: { ...renamed.layout, positions: { [renamed.nodes[0]!.id]: { x: salt, y: 1 } } },
        };
        const one = prints(first, { nodes });
        const two = prints(second, { nodes });
        expect(items.map((_, i) => one[`n${i}`])).toEqual(renamed.nodes.map((node) => two[node.id]));
      }),
    );
  });

  test('a changed param, output or wire changes exactly the node and what follows from it', () => {
    fc.assert(
      fc.property(draft, fc.nat(), fc.constantFrom('param', 'port', 'cut'), (items, pick, what) => {
        const at = pick % items.length;
        const changed = structuredClone(items);
        const item = changed[at]!;
        if (what === 'param') item.word += '!';
        else if (item.kind === 'source' || !item.left || at === 0) return;
        else item.left = what === 'cut' ? null : { ...item.left, port: item.left.port === 'a' ? 'b' : 'a' };
        const graph = documentOf(items, (i) => `n${i}`);
        const after = documentOf(changed, (i) => `n${i}`);
        const follows = new Set([`n${at}`]);
        for (const wire of after.wires) if (follows.has(wire.from.node)) follows.add(wire.to.node);
        expect(ran(prints(graph, { nodes }), prints(after, { nodes }))).toEqual([...follows].sort());
      }),
    );
  });

  test('the device changes exactly the computing nodes and what follows from them', () => {
    fc.assert(
      fc.property(draft, (items) => {
        const graph = documentOf(items, (i) => `n${i}`);
        const follows = new Set(graph.nodes.filter((node) => node.type === 'compute').map((node) => node.id));
        for (const wire of graph.wires) if (follows.has(wire.from.node)) follows.add(wire.to.node);
        const [cpu, gpu] = ['cpu/fp32', 'cuda/fp16'].map((device) => prints(graph, { nodes, device }));
        expect(ran(cpu!, gpu!)).toEqual([...follows].sort());
      }),
    );
  });

  test('a new version of a node changes it and what follows from it', () => {
    const newer = { ...nodes, join: { ...nodes.join!, version: 2 } };
    const graph = documentOf(
      [
        { kind: 'source', word: 'a', left: null, right: null },
        { kind: 'join', word: '', left: { from: 0, port: 'a' }, right: null },
        { kind: 'compute', word: '', left: { from: 1, port: 'a' }, right: null },
      ],
      (i) => `n${i}`,
    );
    const migrated = {
      ...graph,
      nodes: graph.nodes.map((node) => (node.type === 'join' ? { ...node, version: 2 } : node)),
    };
    expect(ran(prints(graph, { nodes }), prints(migrated, { nodes: newer }))).toEqual(['n1', 'n2']);
  });

  test('which input a value goes into matters', () => {
    const make = (left: Link, right: Link) =>
      prints(
        documentOf(
          [
            { kind: 'source', word: 'a', left: null, right: null },
            { kind: 'source', word: 'b', left: null, right: null },
            { kind: 'join', word: '', left, right },
          ],
          (i) => `n${i}`,
        ),
        { nodes },
      ).n2;
    const a: Link = { from: 0, port: 'a' };
    const b: Link = { from: 1, port: 'a' };
    expect(new Set([make(a, b), make(b, a), make(a, null), make(null, a), make(a, a)]).size).toBe(5);
  });
});

describe('T125 T126 canonical text', () => {
  test('the order of keys does not matter; numbers, texts and truths are never taken for each other', () => {
    expect(canonical({ b: 1, a: [2, { d: 3, c: 4 }] })).toBe(canonical({ a: [2, { c: 4, d: 3 }], b: 1 }));
    const alike = [1, '1', true, 'true', null, 'null', [1], ['1'], { 1: 1 }, [], {}, '', 0, false];
    expect(new Set(alike.map(canonical)).size).toBe(alike.length);
  });

  test('1 is 1.0 and -0 is 0; an absent value is an absent key; NaN and infinities have no text', () => {
    expect(canonical({ a: -0, b: undefined })).toBe(canonical({ a: 0 }));
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, { deep: [Number.NaN] }])
      expect(() => canonical(value)).toThrow(RangeError);
  });

  test('different values have different texts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        return (canonical(a) === canonical(b)) === same && canonical(a) === canonical(structuredClone(a));
      }),
      { numRuns: 1000 },
    );
  });
});

/** The same JSON with its keys in order; objects as lists of pairs, marked so that no list is taken for one. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value;
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { pairs: pairs.map(([key, inner]) => [key, sorted(inner)]) };
}

test('the work of check and fingerprints grows with the graph, not with its square', () => {
  /** How often the wires of a chain of so many nodes are looked at. Counted, not timed: other work does not disturb it. */
  const looks = (count: number) => {
    const graph = documentOf(
      Array.from({ length: count }, (_, i) => ({
        kind: i === 0 ? ('source' as const) : ('join' as const),
        word: String(i),
        left: { from: i - 1, port: 'a' as const },
        right: null,
      })),
      (i) => `n${i}`,
    );
    let seen = 0;
    const wires = new Proxy(graph.wires, {
      get(target, key, self) {
        seen += 1;
        return Reflect.get(target, key, self);
      },
    });
    const counted = { ...graph, wires };
    const { params } = check(counted, models, nodes);
    fingerprints(counted, { params, models, device: 'cpu', nodes });
    return seen;
  };
  expect(looks(2000)).toBeLessThan(11 * looks(200));
});

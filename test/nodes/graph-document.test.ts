import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../nodes/check';
import { type AnyNode, defineNode, port } from '../../nodes/define';
import { graphLimit, makeNode, order, readGraph, upstream } from '../../nodes/graph';
import { registry } from '../../nodes/registry';
import { models, textToVideo, wireOf } from './graphs-for-tests';

const minimal = { format: 'skein-graph', version: 1, nodes: [], wires: [] };

describe('reading a document', () => {
  test('U8 written and read, it is the same, as an object and as text', () => {
    const graph = textToVideo();
    expect(readGraph(graph)).toEqual({ graph });
    expect(readGraph(JSON.stringify(graph))).toEqual({ graph });
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a list', []],
    ['an empty object', {}],
    ['no JSON', 'once upon a time'],
    ['cut JSON', JSON.stringify(textToVideo()).slice(0, -20)],
    ['another format', { ...minimal, format: 'workflow' }],
    ['a version to come', { ...minimal, version: 3 }],
    ['a ComfyUI prompt', { 3: { class_type: 'KSampler', inputs: {} } }],
    ['nodes that are none', { ...minimal, nodes: 'many' }],
    ['T115 a node without type', { ...minimal, nodes: [{ id: 'a', version: 1 }] }],
    ['an empty id', { ...minimal, nodes: [{ id: '', type: 'prompt', version: 1 }] }],
    ['an id that hurts', { ...minimal, nodes: [{ id: '__proto__', type: 'prompt', version: 1 }] }],
    ['an id that is everywhere', { ...minimal, nodes: [{ id: 'constructor', type: 'prompt', version: 1 }] }],
    ['T107 a wire with one end', { ...minimal, wires: [{ from: { node: 'a', port: 'b' } }] }],
    ['positions that are no numbers', { ...minimal, layout: { positions: { a: { x: Number.NaN, y: 0 } } } }],
    [
      'too many nodes',
      { ...minimal, nodes: Array.from({ length: 5001 }, (_, i) => ({ id: `n${i}`, type: 'prompt', version: 1 })) },
    ],
    ['too large a file', `"${'x'.repeat(graphLimit)}"`],
    ['a file nested without end', '['.repeat(500_000) + ']'.repeat(500_000)],
  ])('%s is refused in a sentence with a next step', (_, source) => {
    const { graph, problem } = readGraph(source);
    expect(graph).toBeUndefined();
    expect(problem).toMatch(/^This (file|is not a).*(Choose|Update)[^.]*\.$/s);
  });

  test('whatever comes, reading answers and does not throw; what it accepts can be checked', () => {
    const node = fc.record({
      id: fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'toString'), fc.string({ maxLength: 6 })),
      type: fc.oneof(fc.constantFrom(...Object.keys(registry), 'valueOf'), fc.string({ maxLength: 6 })),
      version: fc.integer({ min: -1, max: 3 }),
      params: fc.dictionary(fc.string({ maxLength: 8 }), fc.anything()),
    });
    const end = fc.record({
      node: fc.constantFrom('a', 'b', 'c'),
      port: fc.constantFrom('model', 'clip', '__proto__'),
    });
    const document = fc.record({
      format: fc.constant('skein-graph'),
      version: fc.constant(1),
      nodes: fc.array(node, { maxLength: 4 }),
      wires: fc.array(fc.record({ from: end, to: end }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.oneof(document, fc.anything(), fc.json()), (source) => {
        const { graph, problem } = readGraph(source);
        if (!graph) return typeof problem === 'string' && problem.endsWith('.');
        return check(graph, models).problems.every(({ says }) => says.endsWith('.'));
      }),
      { numRuns: 400 },
    );
  });

  test('an object that shares and circles is refused as quickly as any', () => {
    const knot: Record<string, unknown> = {};
    knot.a = knot;
    knot.b = { knot };
    expect(
      readGraph({ ...minimal, nodes: [{ id: 'n', type: 'prompt', version: 1, params: { knot } }] }).problem,
    ).toContain('nested');
  });

  test('nodes of unknown type and of a newer version are kept, so that opening and saving loses nothing', () => {
    const odd = { id: 'odd', type: 'crystal-ball', version: 3, params: { depth: 7 } };
    const newer = { id: 'new', type: 'prompt', version: 99, params: { text: 'hello', tone: 'warm' } };
    expect(readGraph({ ...minimal, nodes: [odd, newer] }).graph?.nodes).toEqual([odd, newer]);
  });
});

describe('migrations', () => {
  const counter = defineNode({
    type: 'counter',
    version: 3,
    title: 'Counter',
    says: 'Counts.',
    inputs: {},
    outputs: { text: port.text('The count') },
    params: z.object({ count: z.int().min(0).default(0) }),
    migrate: {
      1: ({ n, ...rest }) => ({ ...rest, number: n }),
      2: ({ number, ...rest }) => {
        if (typeof number !== 'number') throw new TypeError('no number');
        return { ...rest, count: number };
      },
    },
    run: async ({ params }) => ({ text: { kind: 'text', text: String(params.count) } }),
  });
  const nodes: Record<string, AnyNode> = { counter };
  const read = (version: number, params: Record<string, unknown>) =>
    readGraph({ ...minimal, nodes: [{ id: 'c', type: 'counter', version, params }] }, nodes).graph!;

  test('V1 params of every old version arrive in the newest form', () => {
    expect(read(1, { n: 4 }).nodes[0]).toEqual({ id: 'c', type: 'counter', version: 3, params: { count: 4 } });
    expect(read(2, { number: 4 }).nodes[0]).toMatchObject({ version: 3, params: { count: 4 } });
    expect(read(3, { count: 4 }).nodes[0]).toMatchObject({ version: 3, params: { count: 4 } });
  });

  test('U29 a newer definition renames a socket: values are kept, wires that still fit stay, the others are told of', () => {
    const reader = (version: number, inputs: AnyNode['inputs']): AnyNode => ({
      ...counter,
      type: 'reader',
      version,
      inputs,
      params: z.object({ count: z.int().default(0) }),
    });
    const text = port.text('Words');
    const older = { counter, reader: reader(1, { first: text, second: text }) };
    const newer = { counter, reader: reader(2, { first: text, last: { ...text, optional: true } }) };
    const saved = {
      ...minimal,
      nodes: [
        { id: 'c', type: 'counter', version: 3, params: {} },
        { id: 'r', type: 'reader', version: 1, params: { count: 7 } },
      ],
      wires: [wireOf('c.text > r.first'), wireOf('c.text > r.second')],
    };
    const before = readGraph(saved, older).graph!;
    expect(check(before, models, older).problems).toEqual([]);
    const after = readGraph(saved, newer).graph!;
    expect(after.wires).toEqual(before.wires);
    expect(after.nodes[1]).toMatchObject({ version: 2, params: { count: 7 } });
    expect(check(after, models, newer).problems).toEqual([
      { at: 'r', port: 'second', says: expect.stringContaining('no input called "second"') },
    ]);
  });

  test('U6 a version that is no whole number from 1 on is no node of ours', () => {
    for (const version of [0, -1, 1.5, '1', null, Number.NaN])
      expect(readGraph({ ...minimal, nodes: [{ id: 'c', type: 'counter', version }] }, nodes).problem).toContain(
        'version',
      );
  });

  test('a migration that gives up keeps the node as it was, and check says so', () => {
    const graph = read(1, { n: 'many' });
    expect(graph.nodes[0]).toEqual({ id: 'c', type: 'counter', version: 1, params: { n: 'many' } });
    expect(check(graph, models, nodes).problems).toEqual([{ at: 'c', says: expect.stringContaining('older Skein') }]);
  });
});

describe('helpers of the document', () => {
  test('a new node has every default, and unknown types cannot be made', () => {
    expect(makeNode('noise-seed', 'n').params).toMatchObject({ seed: 42, width: 64, fps: 8 });
    expect(() => makeNode('constructor', 'n')).toThrow('no node of type');
  });

  test('order puts every node after what it needs, whatever the order of the document', () => {
    const graph = textToVideo();
    fc.assert(
      fc.property(fc.shuffledSubarray(graph.nodes, { minLength: graph.nodes.length }), (nodes) => {
        const found = order({ nodes, wires: graph.wires })!;
        return graph.wires.every(({ from, to }) => found.indexOf(from.node) < found.indexOf(to.node));
      }),
    );
    expect(order({ nodes: graph.nodes, wires: [...graph.wires, wireOf('prompt.text > muxer.x')] })).not.toBeNull();
    expect(order({ nodes: graph.nodes, wires: [...graph.wires, wireOf('muxer.video > prompt.x')] })).toBeNull();
  });

  test('T26 upstream is what a node needs, itself included, and nothing else', () => {
    expect([...upstream(textToVideo(), ['text'])].sort()).toEqual(['model', 'prompt', 'text']);
  });
});

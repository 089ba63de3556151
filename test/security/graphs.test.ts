import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../nodes/check';
import { emptyGraph, type Graph, makeNode, readGraph } from '../../nodes/graph';
import { registry } from '../../nodes/registry';
import { type LocalServer, openLocalServer } from '../api/local-server';

let server: LocalServer;
beforeAll(async () => {
  server = await openLocalServer();
});
afterAll(() => server.close());

const text = (id: string, params: Record<string, unknown> = {}) => ({ id, type: 'prompt', version: 1, params });
const wire = (from: string, to: string, ports: [string, string] = ['text', 'prompt']) => ({
  from: { node: from, port: ports[0] },
  to: { node: to, port: ports[1] },
});
const graph = (nodes: unknown[], wires: unknown[] = [], more = {}) => ({ ...emptyGraph(), nodes, wires, ...more });
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const raw = (document: string) => `{"json":{"graph":${document}}}`;
const hostileWords = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
/** Milliseconds of work so far: however slow or busy the machine, what is refused early is refused with little of it. */
const worked = () => process.cpuUsage().user / 1000;
const isClean = () => expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();

describe('S37 a hostile document is refused with its place, quickly, and changes nothing', () => {
  const encoder = makeNode('text-encoder', 'b');
  const unreadable: [string, string, RegExp][] = [
    [
      '__proto__ as a key',
      raw('{"format":"skein-graph","version":1,"nodes":[],"wires":[],"__proto__":{"polluted":1}}'),
      /__proto__/,
    ],
    [
      'constructor.prototype as keys',
      raw(
        '{"format":"skein-graph","version":1,"nodes":[],"wires":[],"layout":{"constructor":{"prototype":{"polluted":1}}}}',
      ),
      /constructor/,
    ],
    [
      '__proto__ among the params',
      raw(
        '{"format":"skein-graph","version":1,"nodes":[{"id":"a","type":"prompt","version":1,"params":{"__proto__":{"polluted":1}}}],"wires":[]}',
      ),
      /nodes\.0\.params\.__proto__/,
    ],
    ['a node id __proto__', raw(JSON.stringify(graph([text('__proto__')]))), /nodes\.0\.id/],
    ['a node id toString', raw(JSON.stringify(graph([text('toString')]))), /nodes\.0\.id/],
    ['an array a million deep', raw(deep(1_000_000)), /nested/],
    [
      'an array a hundred deep',
      raw(
        `{"format":"skein-graph","version":1,"nodes":[{"id":"a","type":"prompt","version":1,"params":{"x":${deep(100)}}}],"wires":[]}`,
      ),
      /nested/,
    ],
    ['5,001 nodes', raw(JSON.stringify(graph(Array.from({ length: 5001 }, (_, i) => text(`n${i}`))))), /nodes/],
    [
      'the path of a value outside',
      '{"json":{"graph":{}},"meta":{"values":{"__proto__.polluted":["undefined"]}}}',
      /./,
    ],
    [
      'eight billion bytes in forty letters',
      '{"json":{"graph":1000000000},"meta":{"values":{"graph":[["typed-array","Float64Array"]]}}}',
      /plain JSON/,
    ],
    [
      'an integer of five million digits',
      `{"json":{"graph":"${'9'.repeat(5e6)}"},"meta":{"values":{"graph":["bigint"]}}}`,
      /plain JSON/,
    ],
    ['not a graph', raw('{"nodes":1}'), /format/],
    ['not JSON', raw('{'), /./],
  ];
  test.each(unreadable)('%s', async (_, body, place) => {
    for (const name of ['graphs.create', 'runs.plan', 'runs.start']) {
      const begun = worked();
      const answer = await server.procedure(name, body);
      expect([name, answer.status]).toEqual([name, 400]);
      expect(await answer.text()).toMatch(place);
      expect(worked() - begun).toBeLessThan(3000);
      isClean();
    }
    expect(await server.services.db.graph.count()).toBe(0);
  });

  test('a string of 100 MB is refused by its announced length', async () => {
    // Nothing follows: whoever waited for it would not answer.
    const announced = `POST /api/trpc/graphs.create HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nx-skein: 1\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\nConnection: close\r\n\r\n{"json":"`;
    expect(await server.raw(announced)).toMatch(/^HTTP\/1\.1 413/);
  });

  const unrunnable: [string, unknown, RegExp][] = [
    ...hostileWords.map((type): [string, unknown, RegExp] => [
      `a node of type ${type}`,
      graph([{ id: 'a', type, version: 1, params: {} }]),
      /no node called/,
    ]),
    ...hostileWords.map((port): [string, unknown, RegExp] => [
      `a port called ${port}`,
      graph([text('a'), encoder], [wire('a', 'b', [port, port])]),
      /no output called/,
    ]),
    ['hasOwnProperty as a param that matters', graph([text('a', { text: { hasOwnProperty: 1 } })]), /./],
    [
      'an unknown node with an address',
      graph([{ id: 'a', type: 'EvilInstaller', version: 1, params: { url: 'http://127.0.0.1:1/' } }]),
      /no node called "EvilInstaller"/,
    ],
    ['a circle', graph([encoder, makeNode('text-encoder', 'c')], [wire('b', 'c'), wire('c', 'b')]), /circle|takes/],
    ['a wire to itself', graph([encoder], [wire('b', 'b')]), /circle|takes|no output/],
    ['a wire to nowhere', graph([text('a')], [wire('a', 'gone')]), /not there/],
    ['two nodes of one id', graph([text('a'), text('a')]), /id "a"/],
  ];
  test.each(unrunnable)('%s can be opened and saved but not run', async (_, document, why) => {
    const planned = await server.procedure('runs.plan', { graph: document });
    expect(planned.status).toBe(200);
    // A plan, as its type says.
    const { result } = (await planned.json()) as { result: { data: { json: { problems: { says: string }[] } } } };
    expect(result.data.json.problems.map(({ says }) => says).join('\n')).toMatch(why);
    const started = await server.procedure('runs.start', { graph: document });
    expect(started.status).toBe(400);
    expect(await server.services.db.run.count()).toBe(0);
    isClean();
  });

  test('no number that is no number gets through any field', async () => {
    const bad: unknown[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308, '1', null, {}];
    for (const [type, definition] of Object.entries(registry)) {
      const numbers = Object.entries(makeNode(type, 'a').params).filter(([, value]) => typeof value === 'number');
      for (const [name] of numbers)
        for (const value of bad) {
          const node = makeNode(type, 'a');
          const document: Graph = { ...emptyGraph(), nodes: [{ ...node, params: { ...node.params, [name]: value } }] };
          const parsed = definition.params.safeParse(document.nodes[0]?.params);
          const isTaken = value === 1e308 && parsed.success;
          const { problems } = check(document, {});
          expect([type, name, value, isTaken || problems.some(({ param }) => param === name)]).toEqual([
            type,
            name,
            value,
            true,
          ]);
        }
    }
  });
});

test('S38 what is read and written once reads the same again: 5,000 random documents', () => {
  const key = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom(...hostileWords));
  const value = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      ...[fc.string(), fc.double(), fc.boolean(), fc.constant(null)],
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  })).tree;
  const id = fc.oneof(key, fc.constantFrom('a', 'b', 'c'));
  const node = fc.record({
    id,
    type: fc.oneof(key, fc.constantFrom(...Object.keys(registry))),
    version: fc.oneof(fc.integer({ min: -1, max: 3 }), value),
    params: fc.oneof(fc.dictionary(key, value, { maxKeys: 4 }), value),
  });
  const end = fc.record({ node: id, port: key });
  const document = fc.record(
    {
      format: fc.constantFrom('skein-graph', 'other'),
      version: fc.constant(1),
      name: fc.string(),
      nodes: fc.array(node, { maxLength: 6 }),
      wires: fc.array(fc.record({ from: end, to: end }), { maxLength: 6 }),
      layout: fc.oneof(fc.constant(undefined), value),
    },
    { requiredKeys: ['format', 'version', 'nodes', 'wires'] },
  );
  fc.assert(
    fc.property(document, (source) => {
      const first = readGraph(JSON.stringify(source));
      isClean();
      if (!first.graph) return;
      const second = readGraph(JSON.stringify(first.graph));
      expect(second.graph).toEqual(JSON.parse(JSON.stringify(first.graph)));
      check(first.graph, {});
      isClean();
    }),
    { numRuns: 5000, seed: 38 },
  );
});

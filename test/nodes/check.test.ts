import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { check, type Problem } from '../../nodes/check';
import { onCycles } from '../../nodes/cycles';
import type { Graph } from '../../nodes/graph';
import { paramProblem } from '../../nodes/param-problem';
import { graphOf, models, textToVideo, wireOf } from './graphs-for-tests';

const problems = (graph: Graph): Problem[] => check(graph, models).problems;
const places = (graph: Graph) => problems(graph).map(({ at, port, param }) => `${at}.${port ?? param ?? ''}`);
const without = (graph: Graph, wire: string): Graph => {
  const { from, to } = wireOf(wire);
  const same = (a: typeof from, b: typeof from) => a.node === b.node && a.port === b.port;
  return { ...graph, wires: graph.wires.filter((one) => !(same(one.from, from) && same(one.to, to))) };
};
const withWires = (graph: Graph, ...wires: string[]): Graph => ({
  ...graph,
  wires: [...graph.wires, ...wires.map(wireOf)],
});

test('a right graph has no problems, and every output has its facts before anything runs', () => {
  const { problems: found, types, params } = check(textToVideo({ noise: { width: 96, frames: 9, fps: 12 } }), models);
  expect(found).toEqual([]);
  const latent = { space: 'gosling-8x4', channels: 4, frames: 3, height: 8, width: 12, fps: 12 };
  expect(types.noise!.noise!.facts).toMatchObject(latent);
  expect(types.denoiser!.clip!.facts).toMatchObject(latent);
  expect(types.decoder!.frames!.facts).toEqual({ width: 96, height: 64, count: 9, fps: 12 });
  expect(types.text!.avoid!.facts).toMatchObject({ family: 'wan', width: 64, length: 64 });
  expect(params.denoiser).toMatchObject({ sampler: 'unipc', steps: 20, shift: null });
});

describe('params', () => {
  test.each([
    ['steps', 0],
    ['steps', 1001],
    ['steps', 2.5],
    ['steps', Number.NaN],
    ['steps', '20'],
    ['steps', null],
    ['guidance', -0.1],
    ['guidance', 30.1],
    ['guidance', Number.NaN],
    ['guidance', Number.POSITIVE_INFINITY],
    ['strength', 1.01],
    ['shift', 0],
    ['sampler', 'magic'],
    ['sampler', 7],
  ])(
    'T10 T109 T110 T111 out of range, NaN, or of the wrong type: denoiser.%s = %s is refused at its node, never coerced',
    (param, value) => {
      const found = problems(textToVideo({ denoiser: { [param]: value } }));
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({ at: 'denoiser', param });
      expect(found[0]!.says).toMatch(/\.$/);
    },
  );

  test('T5 T110 values of the right type within inclusive bounds are taken', () => {
    for (const denoiser of [
      { steps: 1 },
      { steps: 1000 },
      { guidance: 0 },
      { guidance: 30 },
      { guidance: 5.0 },
      { shift: null },
    ])
      expect(problems(textToVideo({ denoiser }))).toEqual([]);
  });

  test('sentences name the control, the value, the bound, and what to do', () => {
    const [tooMany] = problems(textToVideo({ denoiser: { steps: 2000 } }));
    expect(tooMany!.says).toBe('"Steps" is 2000 and may be 1000 at most. Enter 1000 or less.');
    const [unknown] = problems(textToVideo({ denoiser: { sampler: 'magic' } }));
    expect(unknown!.says).toContain('"magic"');
    expect(unknown!.says).toContain('euler');
    const [title] = problems(textToVideo({ noise: { fps: 0 } }));
    expect(title!.says).toContain('"Frames per second"');
  });

  test('T111 of a long list of choices the first twenty are named, and how many there are more', () => {
    const schema = z.object({
      colour: z.enum(Array.from({ length: 25 }, (_, i) => `c${i}`) as [string, ...string[]]).default('c0'),
    });
    const wrong = schema.safeParse({ colour: 'x'.repeat(500) });
    const { says } = paramProblem(wrong.error!.issues[0]!, { colour: 'x'.repeat(500) }, schema);
    expect(says).toContain('c19 and 5 more');
    expect(says.length).toBeLessThan(300);
  });

  test.each([-1, 2 ** 53, 0.5, Number.NaN])('seed %d is refused', (seed) => {
    expect(places(textToVideo({ noise: { seed } }))).toContain('noise.seed');
  });
  test.each([0, 2 ** 32, Number.MAX_SAFE_INTEGER])('seed %d is taken', (seed) => {
    expect(problems(textToVideo({ noise: { seed } }))).toEqual([]);
  });

  test('T122 T123 unknown params are ignored, left-out ones get their default', () => {
    const graph = textToVideo();
    graph.nodes.find((node) => node.id === 'denoiser')!.params = { nonsense: 1, steps: 7 };
    const { problems: found, params } = check(graph, models);
    expect(found).toEqual([]);
    expect(params.denoiser).toMatchObject({ steps: 7, guidance: 3 });
    expect(params.denoiser).not.toHaveProperty('nonsense');
  });
});

describe('nodes', () => {
  test('T115 unknown types are named, also those that JavaScript objects seem to have', () => {
    for (const type of ['crystal-ball', 'constructor', '__proto__', 'toString']) {
      const graph = textToVideo();
      graph.nodes.push({ id: 'odd', type, version: 1, params: {} });
      expect(problems(graph)).toEqual([{ at: 'odd', says: expect.stringContaining(`"${type}"`) }]);
    }
  });

  test('a node from a newer Skein, and one that migration gave up on, are refused where they stand', () => {
    const graph = textToVideo();
    graph.nodes[0]!.version = 99;
    expect(problems(graph)[0]).toMatchObject({ at: 'model', says: expect.stringContaining('newer') });
  });

  test('U1 two nodes of one id', () => {
    const graph = textToVideo();
    graph.nodes.push({ ...graph.nodes[1]! });
    expect(problems(graph)).toContainEqual({ at: 'prompt', says: expect.stringContaining('Two nodes') });
  });

  test('T114 T121 one mistake is told once, at its node: nothing downstream complains for it', () => {
    const graph = textToVideo({ noise: { width: 70 } });
    expect(places(graph)).toEqual(['noise.width']);
    expect(places(textToVideo({ model: { model: 'nobody' } }))).toEqual(['model.model']);
    const unknown = textToVideo();
    unknown.nodes.find(({ id }) => id === 'noise')!.type = 'crystal-ball';
    expect(problems(unknown)).toEqual([{ at: 'noise', says: expect.stringContaining('crystal-ball') }]);
  });

  test('T119 a branch that is wrong leaves the params and types of the others usable', () => {
    const graph = textToVideo();
    graph.nodes.push({ id: 'odd', type: 'crystal-ball', version: 1, params: {} });
    const { types, params } = check(graph, models);
    expect(params.muxer).toBeDefined();
    expect(types.decoder!.frames!.facts.count).toBe(17);
  });
});

describe('wires', () => {
  test('T106 a missing required input is a problem at its socket; optional ones may be absent', () => {
    expect(places(without(textToVideo(), 'noise.noise > denoiser.noise'))).toEqual(['denoiser.noise']);
    const plain = without(textToVideo({ denoiser: { guidance: 1 } }), 'text.avoid > denoiser.avoid');
    expect(problems(plain)).toEqual([]);
  });

  test('T13 T107 wires from or to nodes that are not there, and sockets that are not there', () => {
    const gone = textToVideo();
    gone.nodes = gone.nodes.filter((node) => node.id !== 'noise');
    expect(places(gone)).toContain('denoiser.noise');
    expect(places(withWires(textToVideo(), 'denoiser.clip > ghost.in'))).toEqual(['undefined.in']);
    expect(places(withWires(textToVideo(), 'denoiser.film > decoder.clip'))).toEqual(['decoder.clip']);
    expect(places(withWires(textToVideo(), 'denoiser.clip > decoder.extra'))).toEqual(['decoder.extra']);
    expect(places(withWires(textToVideo(), 'denoiser.constructor > decoder.constructor'))).toEqual([
      'decoder.constructor',
    ]);
  });

  test.each([
    ['prompt.text', 'denoiser.noise'],
    ['noise.noise', 'denoiser.text'],
    ['decoder.frames', 'denoiser.clip'],
    ['denoiser.clip', 'muxer.frames'],
    ['muxer.video', 'decoder.clip'],
  ])('T6 T7 T8 T9 T108 wrong kinds: %s into %s', (from, to) => {
    const graph = textToVideo();
    const { node, port } = wireOf(`${from} > ${to}`).to;
    graph.wires = graph.wires.filter((wire) => wire.to.node !== node || wire.to.port !== port);
    const found = problems(withWires(graph, `${from} > ${to}`));
    const told = found.find((problem) => problem.at === node && problem.port === port);
    expect(told?.says).toMatch(/takes .* gives .*\. Connect/);
  });

  test('a part of a model into the socket of another part', () => {
    const graph = without(textToVideo(), 'model.vae > decoder.model');
    const found = problems(withWires(graph, 'model.denoiser > decoder.model'));
    expect(found[0]).toEqual({
      at: 'decoder',
      port: 'model',
      says: 'This socket takes a VAE, not a denoiser. Connect a VAE.',
    });
  });

  test('two wires into one socket', () => {
    const graph = withWires(textToVideo(), 'noise.noise > denoiser.noise');
    expect(problems(graph)).toEqual([
      { at: 'denoiser', port: 'noise', says: expect.stringContaining('has two wires') },
    ]);
  });
});

describe('circles', () => {
  test('T11 T99 U3 a self-loop, a circle of two, and a long one: every node of it is marked, and no other', () => {
    const self = withWires(textToVideo(), 'denoiser.clip > denoiser.clip');
    expect(problems(self)).toEqual([{ at: 'denoiser', says: expect.stringContaining('circle') }]);

    const two = graphOf({ a: ['denoiser', { guidance: 1 }], b: ['denoiser', { guidance: 1 }], c: ['save-latent'] }, [
      'a.clip > b.noise',
      'b.clip > a.noise',
      'b.clip > c.clip',
    ]);
    expect(places(two)).toEqual(['a.', 'b.']);

    const ids = Array.from({ length: 2000 }, (_, i) => `n${i}`);
    const wires = ids.map((id, i) => wireOf(`${id}.clip > ${ids[(i + 1) % ids.length]}.noise`));
    const nodes = ids.map((id) => ({ id, type: 'denoiser', version: 1, params: {} }));
    expect(onCycles({ nodes, wires })).toEqual(ids);
  });

  test('nodes between two circles lie on none', () => {
    const nodes = ['a', 'b', 'between', 'c', 'd'].map((id) => ({ id, type: 'denoiser', version: 1, params: {} }));
    const wires = ['a.o > b.i', 'b.o > a.i', 'b.o > between.i', 'between.o > c.i', 'c.o > d.i', 'd.o > c.i'].map(
      wireOf,
    );
    expect(onCycles({ nodes, wires })).toEqual(['a', 'b', 'c', 'd']);
  });

  test('T98 a chain of 2,000 nodes and a fan of 1,000 are checked at once, without recursion', () => {
    const ids = Array.from({ length: 2000 }, (_, i) => `n${i}`);
    const nodes = ids.map((id) => ({ id, type: 'text-encoder', version: 1, params: {} }));
    const chain = ids.slice(1).map((id, i) => wireOf(`n${i}.text > ${id}.prompt`));
    const fan = ids.slice(1000).map((id) => wireOf(`n0.text > ${id}.negative`));
    const start = performance.now();
    check({ ...textToVideo(), nodes, wires: [...chain, ...fan] }, models);
    expect(performance.now() - start).toBeLessThan(1500);
  });
});

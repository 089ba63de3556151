import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { templates } from '../../graphs/registry';
import { check } from '../../nodes/check';
import { type Graph, readGraph } from '../../nodes/graph';
import { type AxisValues, emptySweep, readSweep, type Sweep } from '../../nodes/sweep';
import { axisFor, cellGraph, cellValues, layOut, sayCell } from '../../nodes/sweep-cells';
import { countValues, listValues, parseValues, valuesProblem, writeValues } from '../../nodes/sweep-values';

const graph = readGraph(templates['text-to-video']).graph!;
const paramOf = (of: Graph, node: string, param: string) => of.nodes.find(({ id }) => id === node)?.params[param];
const axis = (node: string, param: string, values: AxisValues, name = param) => ({ name, at: { node, param }, values });
const list = (...values: (string | number | boolean | null)[]): AxisValues => ({ kind: 'list', values });
const sweep = (axes: Sweep['axes'], skips: Sweep['skips'] = []): Sweep => ({ ...emptySweep(), axes, skips });
const steps = axis('denoiser', 'steps', list(4, 8, 16));
const guidance = axis('denoiser', 'guidance', { kind: 'range', from: 1, to: 4, step: 1 });

describe('values as people write them', () => {
  test.each([
    ['4, 8, 16', [4, 8, 16]],
    ['4..20 by 4', [4, 8, 12, 16, 20]],
    ['3 .. 1', [3, 2, 1]],
    ['0.1..0.3 by 0.1', [0.1, 0.2, 0.3]],
    ['1, 2, .., 6', [1, 2, 3, 4, 5, 6]],
    ['1, 4, .., 10, 50', [1, 4, 7, 10, 50]],
    ['3 seeds from 7', [7, 8, 9]],
    ['euler, unipc', ['euler', 'unipc']],
    ['a, b || c', ['a, b', 'c']],
    ['true, null', [true, null]],
  ])('%s', (written, values) => {
    const read = parseValues(written);
    expect(listValues(read.values!)).toEqual(values);
    expect(countValues(read.values!)).toBe(values.length);
  });

  test('words keep their commas; a name in braces makes a template', () => {
    expect(listValues(parseValues('a ball, red\n\nb', { isWords: true }).values!)).toEqual(['a ball, red', 'b']);
    expect(parseValues('a {colour} ball', { isWords: true, names: ['colour'] }).values!.kind).toBe('template');
    expect(parseValues('a {colour} ball', { isWords: true }).values!.kind).toBe('prompts');
  });

  test('".." that fills nothing says how it is meant', () => {
    expect(parseValues('a, b, .., c').problem).toContain('1, 2, .., 10');
  });

  test('what is wrong with values is said', () => {
    expect(valuesProblem({ kind: 'range', from: 1, to: 5, step: 0 })).toContain('never ends');
    expect(valuesProblem({ kind: 'range', from: 1, to: 5, step: -1 })).toContain('never lead from 1 to 5');
    expect(valuesProblem(list())).toContain('no value');
    expect(valuesProblem(list(4, 8, 4))).toBe('4 is there twice. Take one of them out.');
    expect(valuesProblem({ kind: 'range', from: 0, to: 1e9, step: 1e-3 })).toContain('more than the 2000');
  });

  test('property: a range has as many values as it counts, evenly spaced, none beyond its end; writing and reading agree', () => {
    const number = fc.double({ min: -1e4, max: 1e4, noNaN: true }).map((value) => Number(value.toPrecision(6)));
    const step = fc.integer({ min: 1, max: 4000 }).map((n) => n / 8);
    fc.assert(
      fc.property(number, step, fc.integer({ min: 0, max: 200 }), (from, by, times) => {
        const values: AxisValues = { kind: 'range', from, to: from + by * (times + 0.5), step: by };
        const made = listValues(values);
        expect(made.length).toBe(times + 1);
        expect(countValues(values)).toBe(times + 1);
        made.forEach((value, at) => void expect(value).toBeCloseTo(from + at * by, 6));
        expect(parseValues(writeValues(values)).values).toEqual(values);
      }),
    );
  });

  test('property: what is written is read back', () => {
    const plain = fc.oneof(fc.integer(), fc.boolean(), fc.stringMatching(/^[a-z][a-z_0-9]{0,12}$/));
    fc.assert(
      fc.property(fc.uniqueArray(plain, { minLength: 1, maxLength: 8 }), (values) => {
        const words = values.filter(
          (value) => !['true', 'false', 'null'].includes(String(value)) || typeof value === 'boolean',
        );
        fc.pre(words.length > 0);
        expect(listValues(parseValues(writeValues(list(...words))).values!)).toEqual(words);
      }),
    );
  });
});

describe('cells', () => {
  test('every combination once, the last axis fastest, each an ordinary graph with its values set', () => {
    const laid = layOut(graph, sweep([steps, guidance]));
    expect(laid.problems).toEqual([]);
    expect(laid.count).toBe(12);
    expect(laid.cells.map((cell) => Object.values(cellValues(laid, cell)))).toEqual(
      [4, 8, 16].flatMap((a) => [1, 2, 3, 4].map((b) => [a, b])),
    );
    const made = cellGraph(graph, laid, laid.cells[7]!);
    expect([paramOf(made, 'denoiser', 'steps'), paramOf(made, 'denoiser', 'guidance')]).toEqual([8, 4]);
    expect(readGraph(structuredClone(made)).graph).toEqual(made);
    expect(sayCell(laid, laid.cells[7]!)).toBe('steps 8 · guidance 4');
    // Nothing else has changed.
    expect(cellGraph(graph, laid, { index: 0, at: [0, 2] })).toEqual({
      ...graph,
      nodes: graph.nodes.map((node) =>
        node.id === 'denoiser' ? { ...node, params: { ...node.params, steps: 4, guidance: 3 } } : node,
      ),
    });
  });

  test('an unconnected input is fed by a node of its own', () => {
    const open: Graph = { ...graph, wires: graph.wires.filter(({ to }) => to.port !== 'negative') };
    const at = { node: 'text', port: 'negative' };
    const laid = layOut(open, sweep([{ name: 'Avoid', at, values: { kind: 'prompts', text: 'blue\nred' } }]));
    expect(laid.problems).toEqual([]);
    const made = cellGraph(open, laid, laid.cells[1]!);
    const wire = made.wires.find(({ to }) => to.node === 'text' && to.port === 'negative');
    expect(paramOf(made, wire!.from.node, 'text')).toBe('red');
    expect(check(made, {}).problems.filter(({ port }) => port === 'negative')).toEqual([]);
    expect(layOut(graph, sweep([{ name: 'Avoid', at, values: list('x') }])).problems[0]?.says).toContain(
      'is connected',
    );
  });

  test('templates take words of other axes; an axis without a target fills braces in the graph', () => {
    const colour = { name: 'colour', values: list('red', 'blue') };
    const text = axis('prompt', 'text', { kind: 'template', text: 'a {colour} ball\na {colour} star' });
    const laid = layOut(graph, sweep([colour, text]));
    expect(laid.problems).toEqual([]);
    expect(laid.cells.map((cell) => paramOf(cellGraph(graph, laid, cell), 'prompt', 'text'))).toEqual([
      ...['a red ball', 'a red star', 'a blue ball', 'a blue star'],
    ]);
    const nodes = graph.nodes.map((node) =>
      node.id === 'prompt' ? { ...node, params: { text: 'one {colour} {x}' } } : node,
    );
    const inGraph = layOut({ ...graph, nodes }, sweep([colour]));
    expect(paramOf(cellGraph({ ...graph, nodes }, inGraph, inGraph.cells[1]!), 'prompt', 'text')).toBe('one blue {x}');
    expect(layOut(graph, sweep([colour])).problems[0]?.says).toContain('Nothing in the graph says {colour}');
    const typo = axis('prompt', 'text', { kind: 'template', text: 'a {color} ball' });
    expect(
      layOut(graph, sweep([colour, typo])).problems.some(({ says }) => says.includes('{color} names no axis')),
    ).toBe(true);
  });

  test('skips: by rule and by hand; a hole follows its value, not its place', () => {
    const skips = [
      { steps: [16], guidance: [3, 4] },
      { steps: [4], guidance: [1] },
    ];
    const laid = layOut(graph, sweep([steps, guidance], skips));
    expect(laid.count).toBe(9);
    const moved = sweep([{ ...steps, values: list(2, 4, 8, 16) }, guidance], skips);
    const values = layOut(graph, moved).cells.map((cell) =>
      Object.values(cellValues(layOut(graph, moved), cell)).join(),
    );
    expect(values).not.toContain('4,1');
    expect(values).toContain('2,1');
    expect(layOut(graph, sweep([steps], [{ Nonsense: [1] }])).problems[0]?.says).toContain('no such axis');
    expect(layOut(graph, sweep([steps], [{ steps: [4, 8, 16] }])).problems[0]?.says).toContain(
      'Every cell is left out',
    );
  });

  test('unknown nodes and params, refused values, two of a kind: each with its axis and a way out', () => {
    const says = (axes: Sweep['axes']) => layOut(graph, sweep(axes)).problems.map((one) => `${one.axis}: ${one.says}`);
    expect(says([axis('nobody', 'steps', list(1))])[0]).toMatch(/^steps: There is no node "nobody".*denoiser/);
    expect(says([axis('denoiser', 'stepz', list(1))])[0]).toMatch(/has no param "stepz"\. It has: .*steps/);
    expect(says([axis('denoiser', 'steps', list(4, 0, 2.5))])).toEqual([
      'steps: Value 2: "Steps" is 0 and must be 1 at least. Enter 1 or more.',
      'steps: Value 3: "Steps" is 2.5 and must be a whole number. Enter one.',
    ]);
    expect(says([axis('denoiser', 'sampler', list('euler', 'eulr'))])[0]).toContain('"eulr", and there is only');
    expect(says([steps, { ...steps, name: 'again' }])[0]).toContain('sweeps the same control');
    expect(says([steps, { ...guidance, name: 'steps' }])[0]).toContain('Two axes are called "steps"');
    expect(says([axis('text', 'toString', list(1))])[0]).toContain('has no param');
  });

  test('too many cells: how many, how many may be, how to raise it; millions are counted without being made', () => {
    const many = layOut(graph, sweep([steps, guidance]), { limit: 10 });
    expect(many).toMatchObject({ count: 12, cells: [] });
    expect(many.problems[0]?.says).toMatch(/12 cells, and 10 are allowed.*SKEIN_SWEEP_CELLS=12/);
    const seed = axis('noise', 'seed', { kind: 'seeds', from: 0, count: 2000 });
    const huge = sweep([seed, axis('noise', 'fps', { kind: 'range', from: 1, to: 120, step: 0.1 }), steps, guidance]);
    const began = performance.now();
    expect(layOut(graph, huge).count).toBe(2000 * 1191 * 12);
    expect(performance.now() - began).toBeLessThan(500);
  });

  test('property: as many cells as the product of the axes less those left out; numbers rise; each cell is found once', () => {
    const values = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(values, values, values, fc.integer({ min: 0, max: 4 }), (a, b, c, hole) => {
        const axes = [
          axis('denoiser', 'steps', list(...a)),
          axis('denoiser', 'guidance', list(...b)),
          axis('noise', 'seed', list(...c)),
        ];
        const gone = a[hole];
        const laid = layOut(graph, sweep(axes, gone === undefined ? [] : [{ steps: [gone], seed: [c[0]!] }]));
        const holes = gone === undefined ? 0 : b.length;
        const wanted = a.length * b.length * c.length - holes;
        expect(laid.cells.length).toBe(wanted);
        const seen = laid.cells.map((cell) => JSON.stringify(cellValues(laid, cell)));
        expect(new Set(seen).size).toBe(wanted);
        expect(laid.cells.every(({ index }, at) => at === 0 || index > laid.cells[at - 1]!.index)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

test('a document is read or refused with its place', () => {
  expect(readSweep(sweep([steps])).sweep).toEqual(sweep([steps]));
  expect(readSweep({ axes: [{ name: '', values: list(1) }] }).problem).toContain('axes.0.name');
  expect(readSweep({ axes: Array(5).fill(steps) }).problem).toContain('axes');
});

test('an axis gets a name by itself that no other has', () => {
  const at = { node: 'denoiser', param: 'steps' };
  expect(axisFor(graph, emptySweep(), at)).toBe('Steps');
  expect(axisFor(graph, sweep([{ ...steps, name: 'Steps' }]), at)).toBe('Denoiser steps');
});

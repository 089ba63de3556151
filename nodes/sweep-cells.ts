import type { z } from 'zod';
import { type Definitions, definitionOf, label } from './check';
import { sealed } from './component';
import { definitionsFor } from './component-node';
import { withParamAt } from './component-pages';
import type { FieldMeta } from './define';
import { flatten, trailTo } from './flatten';
import type { Graph, GraphNode } from './graph';
import { paramProblem } from './param-problem';
import { registry } from './registry';
import { type AxisValue, cellsAllowed, type Sweep, type SweepAxis, type SweepProblem } from './sweep';
import { sourceFor, withSource } from './sweep-source';
import { countValues, listValues, sameValue, sayValue, valuesProblem } from './sweep-values';

/** Products beyond this are not even counted through for skips. */
const countable = 100_000;

/** One combination. `at` holds the place on each axis; `index` counts the whole product row by row, holes included. */
export interface Cell {
  index: number;
  at: number[];
}

export interface LaidOut {
  /** In the order of the document, with every value made. */
  axes: { axis: SweepAxis; values: AxisValue[]; labels: string[] }[];
  /** All that are not skipped, by `index`. Empty when there is a problem. */
  cells: Cell[];
  /** How many cells there are, known also when they are too many to be listed (then skips are not taken off). */
  count: number;
  problems: SweepProblem[];
}

/**
 * Lays a sweep out: which cells there are, and what is wrong with it. Looks at each value once, at no cell: that a node
 * objects to a combination is for `check` to say, of the cell's own graph.
 */
export function layOut(graph: Graph, sweep: Sweep, about: { limit?: number; nodes?: Definitions } = {}): LaidOut {
  const { limit = cellsAllowed, nodes = registry } = about;
  const problems = sweep.axes.flatMap((axis, at) => axisProblems(axis, { graph, sweep, at, nodes }));
  if (!sweep.axes.length) problems.push({ says: 'Nothing is varied yet. Choose a control to sweep.' });
  for (const skip of sweep.skips)
    for (const name of Object.keys(skip))
      if (!sweep.axes.some((axis) => axis.name === name))
        problems.push({ says: `What is left out names "${name}", and there is no such axis. Remove that rule.` });
  const product = sweep.axes.reduce((all, { values }) => all * countValues(values), 1);
  if (problems.length) return { axes: [], cells: [], count: sweep.axes.length ? product : 0, problems };
  if (product > countable) return { axes: [], cells: [], count: product, problems: [tooMany(product, limit)] };

  const axes = sweep.axes.map((axis) => {
    const values = listValues(axis.values);
    return { axis, values, labels: values.map(sayValue) };
  });
  const cells: Cell[] = [];
  for (let index = 0; index < product; index++) {
    const cell = { index, at: placesOf(index, axes) };
    if (!sweep.skips.some((skip) => isSkipped(cell, axes, skip))) cells.push(cell);
  }
  if (cells.length > limit) return { axes, cells: [], count: cells.length, problems: [tooMany(cells.length, limit)] };
  if (!cells.length) problems.push({ says: 'Every cell is left out. Take one of the rules away.' });
  return { axes, cells, count: cells.length, problems };
}

const tooMany = (count: number, limit: number): SweepProblem => ({
  says: `These are ${count} cells, and ${limit} are allowed. Take fewer values or leave cells out; SKEIN_SWEEP_CELLS=${Math.min(count, countable)} allows them.`,
});

/** The number of a cell as places on the axes: the last axis runs fastest. */
function placesOf(index: number, axes: LaidOut['axes']): number[] {
  const at: number[] = [];
  let rest = index;
  for (const { values } of [...axes].reverse()) {
    at.unshift(rest % values.length);
    rest = Math.floor(rest / values.length);
  }
  return at;
}

function isSkipped({ at }: Cell, axes: LaidOut['axes'], skip: Sweep['skips'][number]): boolean {
  const named = Object.entries(skip);
  return (
    named.length > 0 &&
    named.every(([name, values]) => {
      const place = axes.findIndex(({ axis }) => axis.name === name);
      const own = axes[place]?.values[at[place] ?? -1];
      return own !== undefined && values.some((value) => sameValue(value, own));
    })
  );
}

/** The values of a cell by the name of their axis, templates filled. */
export function cellValues({ axes }: Pick<LaidOut, 'axes'>, { at }: Cell): Record<string, AxisValue> {
  const plain = axes.map(({ axis, values }, place) => [axis.name, values[at[place]!]!] as const); // laid out so
  const words = Object.fromEntries(plain.map(([name, value]) => [name, sayValue(value)]));
  return Object.fromEntries(
    plain.map(([name, value], place) => {
      const isTemplate = axes[place]!.axis.values.kind === 'template' && typeof value === 'string';
      return [name, isTemplate ? filled(value, words) : value];
    }),
  );
}

/** What a cell is called: `Steps 8 · Guidance 3`. */
export const sayCell = ({ axes }: Pick<LaidOut, 'axes'>, { at }: Cell): string =>
  axes.map(({ axis, labels }, place) => `${axis.name} ${labels[at[place]!]}`).join(' · ');

/** A cell as an ordinary graph: the same document with its values set. */
export function cellGraph(graph: Graph, laid: Pick<LaidOut, 'axes'>, cell: Cell): Graph {
  const values = cellValues(laid, cell);
  let made = graph;
  const words: Record<string, string> = {};
  for (const { axis } of laid.axes) {
    const value = values[axis.name]!; // one for each axis
    if (!axis.at) words[axis.name] = sayValue(value);
    else if ('param' in axis.at) made = withParamAt(made, axis.at, value);
    else made = withSource(made, { ...axis.at, value });
  }
  return Object.keys(words).length ? withWords(made, words) : made;
}

function withWords(graph: Graph, words: Record<string, string>): Graph {
  const fill = (value: unknown) => (typeof value === 'string' ? filled(value, words) : value);
  const inAll = (nodes: GraphNode[]) =>
    nodes.map((node) => ({
      ...node,
      params: Object.fromEntries(Object.entries(node.params).map(([name, value]) => [name, fill(value)])),
    }));
  const { components, ...rest } = graph;
  if (!components) return { ...rest, nodes: inAll(rest.nodes) };
  return sealed({
    ...rest,
    nodes: inAll(rest.nodes),
    components: components.map((one) => ({ ...one, nodes: inAll(one.nodes) })),
  });
}

const placeholder = /\{([^{}]+)\}/g;
const filled = (text: string, words: Record<string, string>): string =>
  text.replace(placeholder, (whole, name: string) => (Object.hasOwn(words, name.trim()) ? words[name.trim()]! : whole));
const placeholdersOf = (text: string): string[] => [...text.matchAll(placeholder)].map(([, name]) => name!.trim());

function axisProblems(
  axis: SweepAxis,
  about: { graph: Graph; sweep: Sweep; at: number; nodes: Definitions },
): SweepProblem[] {
  const { graph, sweep, at, nodes } = about;
  const { name } = axis;
  const says = (sentence: string): SweepProblem[] => [{ axis: name, says: sentence }];
  if (sweep.axes.findIndex((one) => one.name === name) < at)
    return says(`Two axes are called "${name}". Give one of them another name.`);
  const twin =
    axis.at && sweep.axes.find((one, place) => place < at && JSON.stringify(one.at) === JSON.stringify(axis.at));
  if (twin) return says(`"${twin.name}" sweeps the same control. Remove one of the two.`);
  const wrong = valuesProblem(axis.values) ?? templateProblem(axis, sweep);
  if (wrong) return says(wrong);
  if (!axis.at) return hasWord(graph, sweep, name) ? [] : says(noWord(name));
  const target = axis.at;
  const node = trailTo(graph, target.node).at(-1);
  const definition = node && definitionOf(definitionsFor(graph, nodes), node.type);
  if (!node || !definition)
    return says(
      `There is no node "${target.node}" in this graph. Sweep one of ${graph.nodes.map(({ id }) => id).join(', ')}.`,
    );
  if ('param' in target) return inEach(axis, refusals(axis, { schema: definition.params, param: target.param, node }));
  if (target.node.includes('/') && !graph.nodes.includes(node))
    return says('This input is inside a component. Sweep a control there, or an input of the component.');
  const source = sourceFor(graph, { ...target, nodes });
  if (source.problem !== undefined) return says(source.problem);
  return inEach(axis, refusals(axis, { schema: nodes[source.type]!.params, param: source.param, node }));
}

const inEach = ({ name }: SweepAxis, sentences: string[]): SweepProblem[] =>
  sentences.map((sentence) => ({ axis: name, says: sentence }));

const noWord = (name: string) =>
  `Nothing in the graph says {${name}}. Write it into a prompt where the values are to stand.`;

function hasWord(graph: Graph, { axes }: Sweep, name: string): boolean {
  const has = (value: unknown) => typeof value === 'string' && placeholdersOf(value).includes(name);
  const templates = axes.map(({ values }) => (values.kind === 'template' ? values.text : ''));
  return templates.some(has) || flatten(graph).graph.nodes.some(({ params }) => Object.values(params).some(has));
}

function templateProblem({ name, values }: SweepAxis, { axes }: Sweep): string | null {
  if (values.kind !== 'template') return null;
  const others = axes.filter((one) => one.name !== name && one.values.kind !== 'template').map((one) => one.name);
  const strange = placeholdersOf(values.text).find((word) => !others.includes(word));
  if (strange === undefined) return null;
  const there = others.length ? `There are: ${others.join(', ')}.` : 'There is no other axis yet.';
  return `{${strange}} names no axis whose values could stand there. ${there} Correct it, or add that axis.`;
}

/** What the node's own schema has against the values. At most five: a wrong range need not fill the page. */
function refusals(axis: SweepAxis, about: { schema: z.ZodObject; param: string; node: GraphNode }): string[] {
  const { schema, param, node } = about;
  const one = Object.hasOwn(schema.shape, param) ? schema.shape[param] : undefined;
  if (!one)
    return [
      `"${node.title ?? label(node.type)}" has no param "${param}". It has: ${Object.keys(schema.shape).join(', ') || 'none'}.`,
    ];
  const found: string[] = [];
  for (const [at, value] of listValues(axis.values).entries()) {
    const issue = one.safeParse(value).error?.issues[0];
    if (!issue) continue;
    const given = { [param]: value };
    found.push(`Value ${at + 1}: ${paramProblem({ ...issue, path: [param, ...issue.path] }, given, schema).says}`);
    if (found.length === 5) break;
  }
  return found;
}

/** What an axis on this param is called by itself: its title; with the card's name before it when that is taken. */
export function axisFor(graph: Graph, sweep: Sweep, at: { node: string; param: string }): string {
  const node = trailTo(graph, at.node).at(-1);
  const meta = (definitionOf(definitionsFor(graph), node?.type ?? '')?.params.shape[at.param]?.meta() ??
    {}) as FieldMeta; // as `defineNode` asks
  const plain = (meta.title ?? label(at.param)).replace(/[{}=|]/g, '').slice(0, 40);
  const taken = new Set(sweep.axes.map(({ name }) => name));
  if (!taken.has(plain)) return plain;
  const longer = `${node?.title ?? label(at.node)} ${plain.toLowerCase()}`.replace(/[{}=|]/g, '').slice(0, 40);
  if (!taken.has(longer)) return longer;
  for (let count = 2; ; count++) if (!taken.has(`${plain} ${count}`)) return `${plain} ${count}`;
}

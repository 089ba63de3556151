import { definitionOf, label } from '../../../nodes/check';
import { definitionsFor, sayTrail } from '../../../nodes/component-node';
import { trailTo } from '../../../nodes/flatten';
import type { Graph } from '../../../nodes/graph';
import { socketLabel } from '../../../nodes/label';
import type { AxisValue, AxisValues, SweepAxis } from '../../../nodes/sweep';
import { sourceFor } from '../../../nodes/sweep-source';
import { titleOf } from './card-title';
import { type Field, fieldsOf } from './fields';

/** What can be swept: one entry of the list, by the card it belongs to. */
export interface Sweepable {
  node: string;
  title: string;
  says: string;
  at: NonNullable<SweepAxis['at']>;
}

const controls = new Set<Field['control']>([
  'text',
  'words',
  'number',
  'slider',
  'seed',
  'switch',
  'select',
  'model',
  'size',
]);
export const isSweepable = (field: Field | undefined): boolean => field !== undefined && controls.has(field.control);

/** The control an axis sets, or that of the node which feeds its input. */
export function fieldFor(graph: Graph, at: NonNullable<SweepAxis['at']>): Field | undefined {
  if ('param' in at) {
    const definition = definitionOf(definitionsFor(graph), trailTo(graph, at.node).at(-1)?.type ?? '');
    return definition && fieldsOf(definition).find(({ name }) => name === at.param);
  }
  const source = sourceFor(graph, at);
  const definition = source.problem === undefined ? definitionOf(definitionsFor(graph), source.type) : undefined;
  return definition && fieldsOf(definition).find(({ name }) => source.problem === undefined && name === source.param);
}

/** Everything that can be swept, card by card: controls, then inputs without a wire. */
export function sweepables(graph: Graph): { title: string; entries: Sweepable[] }[] {
  return graph.nodes.flatMap((node) => {
    const definition = definitionOf(definitionsFor(graph), node.type);
    if (!definition) return [];
    const title = titleOf(node, graph);
    const entries: Sweepable[] = fieldsOf(definition)
      .filter(isSweepable)
      .map(({ name, title: says }) => ({ node: node.id, title, says, at: { node: node.id, param: name } }));
    for (const [port, about] of Object.entries(definition.inputs)) {
      const at = { node: node.id, port };
      const says = `${socketLabel(port, about)} (input)`;
      if (isSweepable(fieldFor(graph, at))) entries.push({ node: node.id, title, says, at });
    }
    return entries.length ? [{ title, entries }] : [];
  });
}

/** Which control an axis belongs to, in words: `Denoiser · Steps`. */
export function sayTarget(graph: Graph, { at }: SweepAxis): string {
  if (!at) return 'a word of prompts';
  const field = 'param' in at ? (fieldFor(graph, at)?.title ?? label(at.param)) : label(at.port);
  return `${sayTrail(graph, at.node) || at.node} · ${field}`;
}

/** A first few values around what the control is set to, so that a new axis shows at once what it is. */
export function startValues(field: Field | undefined, graph: Graph, at: NonNullable<SweepAxis['at']>): AxisValues {
  const node = trailTo(graph, at.node).at(-1);
  const now = ('param' in at ? node?.params[at.param] : undefined) ?? field?.fallback;
  if (!field) return { kind: 'list', values: [] };
  if (field.control === 'seed') return { kind: 'seeds', from: typeof now === 'number' ? now : 1, count: 4 };
  if (field.control === 'switch') return { kind: 'list', values: [false, true] };
  if (field.control === 'words' || field.control === 'text')
    return { kind: 'prompts', text: typeof now === 'string' ? now : '' };
  if (field.control === 'model') return { kind: 'models', ids: typeof now === 'string' && now ? [now] : [] };
  if (field.options) return { kind: 'list', values: now === undefined || now === null ? [] : [now as AxisValue] };
  return { kind: 'list', values: typeof now === 'number' ? [now] : [] };
}

import { definitionsFor } from '../../../nodes/component-node';
import { type Graph, upstream } from '../../../nodes/graph';
import type { ModelCard } from '../../../nodes/values';
import { described } from '../../choices';
import type { EditorState } from './editor-store';
import { setParams } from './edits';
import { recommended } from './model-defaults';

/** What a model recommends for cards that are set otherwise. */
export interface Advice {
  model: ModelCard;
  /** By card: the settings to take. */
  patches: Readonly<Record<string, Record<string, unknown>>>;
  /** `50 steps, guidance 5` */
  says: string;
}

/**
 * What the model of a card recommends for the cards that work with it, as far as they are set otherwise; null when nothing is.
 * Nobody is asked whether a value was chosen or only left from the model before: that is for the person to say.
 */
export function adviceOf(
  { graph, checked, models }: Pick<EditorState, 'graph' | 'checked' | 'models'>,
  chosen: { node: string; model: string },
): Advice | null {
  const model = Object.hasOwn(models, chosen.model) ? models[chosen.model] : undefined;
  if (!model || model.broken !== undefined) return null;
  const patches: Record<string, Record<string, unknown>> = {};
  for (const { from, to } of graph.wires) {
    if (to.port !== 'model' || checked.types[from.node]?.[from.port]?.facts.model !== chosen.model) continue;
    if (!upstream(graph, [to.node]).has(chosen.node)) continue;
    const patch = patchFor(graph, to.node, model);
    if (Object.keys(patch).length) patches[to.node] = patch;
  }
  const named = new Set(Object.values(patches).flatMap(Object.keys));
  return named.size ? { model, patches, says: say(named, model) } : null;
}

function patchFor(
  graph: Pick<Graph, 'nodes' | 'components'>,
  id: string,
  { defaults }: ModelCard,
): Record<string, unknown> {
  const node = graph.nodes.find((one) => one.id === id);
  const shape = node && definitionsFor(graph)[node.type]?.params.shape;
  if (!node || !shape) return {};
  const now = (name: string) => node.params[name] ?? shape[name]?.safeParse(undefined).data;
  const patch: Record<string, unknown> = {};
  for (const name of recommended) {
    const value = defaults[name];
    if (!shape[name] || value === undefined || !shape[name].safeParse(value).success) continue;
    if (now(name) !== value) patch[name] = value;
  }
  // Left empty it is the checkpoint's own.
  const shift = now('shift');
  if (shape['shift'] && typeof shift === 'number' && shift !== defaults.shift) patch['shift'] = null;
  return patch;
}

function say(named: ReadonlySet<string>, { defaults }: ModelCard): string {
  const { width, height, frames, fps, steps, guidance, guidanceLow, sampler, schedule, shift } = defaults;
  const words: [readonly string[], string][] = [
    [['steps'], `${steps} steps`],
    [['guidance'], `guidance ${guidance}`],
    [['guidanceLow'], `guidance ${guidanceLow} of the second network`],
    [['sampler'], described(sampler).title],
    [['schedule'], `schedule ${described(schedule).title}`],
    [['shift'], `shift ${shift}`],
    [['width', 'height'], `${width} × ${height}`],
    [['frames'], `${frames} frames`],
    [['fps'], `${fps} fps`],
  ];
  return words.flatMap(([names, called]) => (names.some((name) => named.has(name)) ? [called] : [])).join(', ');
}

/** The graph with an advice taken. */
export const withAdvice = (graph: Graph, { patches }: Advice): Graph =>
  Object.entries(patches).reduce((now: Graph, [id, patch]) => setParams(now, id, patch), graph);

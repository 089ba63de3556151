import { definitionsFor } from '../../../nodes/component-node';
import { type Graph, upstream } from '../../../nodes/graph';
import type { ModelCard, NameHint } from '../../../nodes/model-card';
import { described } from '../../choices';
import type { EditorState } from './editor-store';
import { setParams } from './edits';
import { recommended } from './model-defaults';
import { cardIn, hintsOfLoras } from './name-hints';

/** What a model or a LoRA recommends for cards that are set otherwise. */
export interface Advice {
  /** By card: the settings to take. */
  patches: Readonly<Record<string, Record<string, unknown>>>;
  /** `50 steps, guidance 5` */
  says: string;
  /** The name it goes by, where files do not say so. */
  hint?: NameHint;
}

type Known = Pick<EditorState, 'graph' | 'checked' | 'models'>;
type Settings = Partial<ModelCard['defaults']>;

/**
 * What the model of a card recommends for the cards that work with it, as far as they are set otherwise; null when nothing is.
 * What names say (its own, and those of LoRAs on the way) goes before its defaults; of a LoRA's card there is nothing else. Nobody
 * is asked whether a value was chosen or only left from the model before: that is for the person to say.
 */
export function adviceOf(known: Known, chosen: { node: string; model: string }): Advice | null {
  const { graph, checked, models } = known;
  const card = cardIn(models, chosen.model);
  if (!card) return null;
  const patches: Record<string, Record<string, unknown>> = {};
  let wanted: Settings = {};
  let hint: NameHint | undefined;
  for (const { from, to } of graph.wires) {
    const id = checked.types[from.node]?.[from.port]?.facts.model;
    if (to.port !== 'model' || (!card.lora && id !== chosen.model)) continue;
    if (!upstream(graph, [to.node]).has(chosen.node)) continue;
    const hints = card.lora ? [card.byName] : [card.byName, ...hintsOfLoras(known, to.node)];
    const said = hints.flatMap((one) => one ?? []).at(-1);
    const settings = { ...(card.lora ? {} : card.defaults), ...settingsOf(said, cardIn(models, String(id))) };
    const patch = patchFor(graph, to.node, { settings, isTold: said?.settings.shift !== undefined });
    if (!Object.keys(patch).length) continue;
    patches[to.node] = patch;
    wanted = { ...wanted, ...settings };
    if (said && Object.keys(patch).some((name) => name in said.settings)) hint = said;
  }
  const named = new Set(Object.values(patches).flatMap(Object.keys));
  return named.size ? { patches, says: say(named, wanted), ...(hint ? { hint } : {}) } : null;
}

/** A second network is guided like the first: names speak of one guidance. */
const settingsOf = (hint: NameHint | undefined, model: ModelCard | undefined): Settings => ({
  ...hint?.settings,
  ...(hint?.settings.guidance !== undefined && model?.experts ? { guidanceLow: hint.settings.guidance } : {}),
});

function patchFor(
  graph: Pick<Graph, 'nodes' | 'components'>,
  id: string,
  { settings, isTold }: { settings: Settings /** The shift is to be written down. */; isTold: boolean },
): Record<string, unknown> {
  const node = graph.nodes.find((one) => one.id === id);
  const shape = node && definitionsFor(graph)[node.type]?.params.shape;
  if (!node || !shape) return {};
  const now = (name: string) => node.params[name] ?? shape[name]?.safeParse(undefined).data;
  const patch: Record<string, unknown> = {};
  for (const name of recommended) {
    const value = settings[name];
    if (!shape[name] || value === undefined || !shape[name].safeParse(value).success) continue;
    if (now(name) !== value) patch[name] = value;
  }
  const shift = now('shift');
  if (!shape['shift'] || settings.shift === undefined || shift === settings.shift) return patch;
  if (isTold) patch['shift'] = settings.shift;
  // Left empty it is the checkpoint's own.
  else if (typeof shift === 'number') patch['shift'] = null;
  return patch;
}

function say(named: ReadonlySet<string>, settings: Settings): string {
  const { width, height, frames, fps, steps, guidance, guidanceLow, sampler = '', schedule = '', shift } = settings;
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

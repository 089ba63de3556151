import { definitionsFor } from '../../../nodes/component-node';
import type { Graph } from '../../../nodes/graph';
import type { ModelCard } from '../../../nodes/values';
import type { Editor, EditorState } from './editor-store';
import { setParams } from './edits';
import { hinted } from './name-hints';
import { prefixOf } from './page-view';
import { useUi } from './ui-store';

/** Settings for which a model has a recommendation; `shift` is not among them: left empty it is the checkpoint's own. */
export const recommended = [
  ...(['width', 'height', 'frames', 'fps'] as const),
  ...(['steps', 'guidance', 'guidanceLow', 'sampler', 'schedule'] as const),
] satisfies (keyof ModelCard['defaults'])[];

/** The model a card will work with: the one its wire comes from, else the only one in the document. */
export function likelyModel(
  { flat, checked, models }: Pick<EditorState, 'flat' | 'checked' | 'models'>,
  from?: { node: string; port: string },
): ModelCard | undefined {
  const wired = from && checked.types[from.node]?.[from.port]?.facts.model;
  const all = Object.values(flat.types).flatMap((outputs) =>
    Object.values(outputs).flatMap(({ kind, facts }) => (kind === 'model' ? (facts.model ?? []) : [])),
  );
  const [only, ...more] = new Set(wired === undefined ? all : [wired]);
  const card = typeof only === 'string' && !more.length ? models[only] : undefined;
  return card?.broken === undefined ? card : undefined;
}

/**
 * Gives a card that has just come, or just got its model, what that recommends, as part of the edit of that gesture. What only a
 * name says is offered on the card where that was chosen.
 */
export function recommend(editor: Editor, id: string, gesture: string): void {
  const state = editor.getState();
  const wire = state.graph.wires.find(({ to }) => to.node === id && to.port === 'model');
  const model = likelyModel(state, wire?.from);
  state.edit((graph) => withRecommended(graph, id, model), gesture);
  const named = hinted(editor.getState(), id);
  if (named) useUi.getState().advise({ ...named, node: prefixOf(editor.getState()) + named.node });
}

/** A name for an edit in two parts, which Undo takes back as one. */
export const gestureNow = (): string => `at ${performance.now()}`;

/**
 * A card with what its model recommends, wherever it still has what cards come with. What a person has set stays, and so does
 * every card that takes no model.
 */
export function withRecommended(graph: Graph, id: string, model: ModelCard | undefined): Graph {
  const node = graph.nodes.find((one) => one.id === id);
  const definition = node && definitionsFor(graph)[node.type];
  if (!model || !node || !definition?.inputs['model']) return graph;
  const patch: Record<string, unknown> = {};
  for (const name of recommended) {
    const field = definition.params.shape[name];
    const value = model.defaults[name];
    if (!field || value === undefined || !field.safeParse(value).success) continue;
    if (node.params[name] === field.safeParse(undefined).data) patch[name] = value;
  }
  return Object.keys(patch).length ? setParams(graph, id, patch) : graph;
}

import { toast } from 'sonner';
import { componentOf, instanceOf, isComponent, neededBy, withComponents } from '../../nodes/component';
import { dissolve, freshName, makeComponent } from '../../nodes/component-edits';
import { type Page, pageAt, withPage } from '../../nodes/component-pages';
import { trailTo } from '../../nodes/flatten';
import { freshId, idStem } from '../../nodes/fresh-id';
import { type Component, emptyGraph, type Graph } from '../../nodes/graph';
import { renameNode } from '../../nodes/rename-node';
import { api } from '../api-client';
import { said } from '../said';
import { placeFor } from './arrange';
import { chosenIds } from './chosen';
import type { Editor } from './state/editor-store';
import { useUi } from './state/ui-store';

/** What a component is called that nobody has named yet: the name given to its card becomes its own. */
export const unnamed = 'Component';

/** Makes one card of the chosen ones, and asks for its name. */
export function makeOfChosen(editor: Editor): void {
  const { edit, graph } = editor.getState();
  const ids = chosenIds(editor);
  const id = `c-${crypto.getRandomValues(new Uint32Array(3)).join('-')}`;
  const made = makeComponent(graph, { ids, id, name: unnamed, at: placeFor(editor, ids) });
  if (made.problem !== undefined) {
    toast.error('No component can be made of these', { description: made.problem });
    return;
  }
  edit(() => made.graph);
  editor.getState().select(new Set([made.node]));
  useUi.getState().rename(made.node);
}

/** The card that is chosen, when it is one, and stands for a component whose definition is there. */
export function chosenComponent(editor: Editor): string | null {
  const { byId, graph } = editor.getState();
  const [id, ...more] = [...chosenIds(editor)];
  const node = id === undefined || more.length ? undefined : byId.get(id);
  return node && componentOf(graph, node) ? node.id : null;
}

/** Opens the page of a component. */
export function openComponent(editor: Editor, id: string): void {
  if (editor.getState().enter(id)) return;
  toast.error('Its page cannot be opened', {
    description: 'The definition is not in this graph. Copy the card again from a graph that has it.',
  });
}

/** Opens the page on which a node of the flat graph is drawn; the id of its card there, or of the one that cannot be opened. */
export function openPageOf(editor: Editor, flatId: string): string {
  const { root, path, leave } = editor.getState();
  const trail = trailTo(root, flatId).map(({ id }) => id);
  const card = trail.pop() ?? '';
  const parts = path.findIndex((id, depth) => id !== trail[depth]);
  if (parts >= 0) leave(parts);
  for (const id of trail.slice(editor.getState().path.length)) if (!editor.getState().enter(id)) return id;
  return card;
}

export function dissolveChosen(editor: Editor): void {
  const id = chosenComponent(editor);
  if (id === null) return;
  let ids: string[] = [];
  editor.getState().edit((page) => {
    const parted = dissolve(page, id);
    ids = parted.ids;
    return parted.graph;
  });
  editor.getState().select(new Set(ids));
}

/** Names a component that has none yet, on this card. */
export function nameComponent(editor: Editor, id: string, name: string): void {
  const { root, path, edit } = editor.getState();
  const inner = [...path, id];
  const page = pageAt(root, inner);
  if (!page?.own || !name.trim()) return;
  let card = id;
  // As one change of the page the card lies on, so that Undo takes it back alone. People type its id at the command line.
  edit((here) => {
    const renamed = withPage(root, {
      path: inner,
      page: { ...page, name: name.trim() },
      versions: [...path.map(() => 1), page.own!.version],
    });
    const next = pageAt(renamed, path) ?? here;
    card = freshId({ ...next, nodes: next.nodes.filter((node) => node.id !== id) }, idStem(name));
    return renameNode(next, id, card);
  });
  editor.getState().select(new Set([card]));
}

/** A component as a graph of its own: what the library keeps and a file holds. */
export function alone(graph: Pick<Graph, 'components'>, component: Component): Graph {
  const node = instanceOf(component, idStem(component.name));
  return { ...withComponents(emptyGraph(component.name), neededBy(graph, [node])), nodes: [node] };
}

/** Puts the component of a card into the library, from where any graph can take it. True when it is there. */
export async function publish(editor: Editor, id: string): Promise<boolean> {
  const { root, byId } = editor.getState();
  const node = byId.get(id);
  const component = node && componentOf(root, node);
  if (!component) return false;
  try {
    const { version } = await api.components.publish.mutate({ graph: alone(root, component) });
    // Another state of it had that number already.
    if (version !== component.version) {
      const numbered = (one: Component) => (one.key === component.key ? { ...one, version } : one);
      editor.getState().editRoot((graph) => ({ ...graph, components: graph.components?.map(numbered) }));
    }
    toast.success(`“${component.name}” is in the library`, {
      description: `As version ${version}. Graphs that use an older one are offered it, and keep theirs until they take it.`,
    });
    return true;
  } catch (error) {
    toast.error('It could not be put into the library', { description: said(error) });
    return false;
  }
}

/** Whether a control of a card inside is shown on the card of the page's component. */
export const isShownOutside = ({ own }: Page, node: string, param: string): boolean =>
  own?.params.some((one) => one.node === node && one.param === param) ?? false;

/** Shows a control of a card inside on the outside, or no longer. */
export function toggleShown(editor: Editor, node: string, param: string): void {
  editor.getState().edit((page) => {
    const { own } = page;
    if (!own) return page;
    const params = isShownOutside(page, node, param)
      ? own.params.filter((one) => one.node !== node || one.param !== param)
      : [...own.params, { name: freshName(param, own.params), node, param }];
    return { ...page, own: { ...own, params } };
  });
}

export const canOpen = (editor: Editor, id: string): boolean => {
  const node = editor.getState().byId.get(id);
  return node !== undefined && isComponent(node);
};

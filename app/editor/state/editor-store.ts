import { applyEdgeChanges, applyNodeChanges, type EdgeChange, type NodeChange } from '@xyflow/react';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Active, active } from '../../../nodes/active';
import { type Checked, check, type Definitions, type Problem } from '../../../nodes/check';
import { componentOf } from '../../../nodes/component';
import { definitionsFor } from '../../../nodes/component-node';
import { cleaned, nextVersion, type Page, pageAt, withPage } from '../../../nodes/component-pages';
import type { NodePlan, RunEvent } from '../../../nodes/events';
import type { Graph, GraphNode } from '../../../nodes/graph';
import { withoutLoose } from '../../../nodes/loose-layout';
import { withSources } from '../../../nodes/named-models';
import type { Models } from '../../../nodes/values';
import { type CanvasNode, type CanvasWire, drawNodes, drawWires, withSocketsMoved } from './drawing';
import { move, type Point } from './edits';
import { carriedAlong } from './group-drag';
import { begin, type History, record, redo, undo } from './history';
import { withoutMended } from './mended';
import { openPageRun } from './page-run';
import { checkedOnPage, type Place, planOnPage, problemsOnPage, wiredOn } from './page-view';
import { applyEvent, noRun, type RunState } from './run-state';
import { laidOut } from './tidy';

/** Everything the canvas shows. The graph is the truth; the rest is derived from it or told by the server. */
export interface EditorState {
  /** The document. */
  root: Graph;
  /** The components one has gone into, as ids of nodes, outermost first, and the versions a change makes of them. */
  path: readonly string[];
  versions: readonly number[];
  /** The page that is open: the document itself, or the inside of a component. All below is about this page. */
  graph: Page;
  /** All nodes there are: those of Skein and the document's components. */
  definitions: Definitions;
  history: History;
  models: Models;
  /** Nodes by id; entries keep their identity while their node is unchanged. */
  byId: ReadonlyMap<string, GraphNode>;
  checked: Checked;
  /** The document with its components laid open, and what is known of its values: by ids like `component/inner`. */
  flat: { graph: Graph; types: Checked['types']; opened: Active['opened'] };
  /** Problems by node id; those of the whole graph under ''. Entries keep their identity while they say the same. */
  problems: Readonly<Record<string, readonly Problem[]>>;
  /** Sockets that have a wire: inputs as `node.port`, outputs as `>node.port`. */
  wired: ReadonlySet<string>;
  cards: CanvasNode[];
  wires: CanvasWire[];
  plan: Readonly<Record<string, NodePlan>>;
  run: RunState;
  /** The document as it was when it last ran; null when it has not, as far as this page knows. */
  ran: Graph | null;
  /** Of the whole document, by ids like `component/inner`. */
  whole: { plan: Readonly<Record<string, NodePlan>>; run: RunState };

  /** Changes the page. Edits that name the same gesture in quick succession are one step of undo. */
  edit(recipe: (graph: Page) => Page, gesture?: string): void;
  /** Changes the document, whatever page is open. */
  editRoot(recipe: (root: Graph) => Graph, gesture?: string): void;
  /** Opens the page of a component; false when its definition is not there. */
  enter(id: string): boolean;
  /** Goes back up, to the page at this depth (0: the document). */
  leave(depth: number): void;
  /** Shows another graph, or an older state of this one, as a fresh start (`undoable` keeps the way back). */
  open(graph: Graph, undoable?: boolean): void;
  undo(): void;
  redo(): void;
  setModels(models: Models): void;
  setPlan(plan: Readonly<Record<string, NodePlan>>): void;
  apply(events: readonly RunEvent[]): void;
  showRun(run: RunState): void;
  setRan(graph: Graph): void;
  select(ids: ReadonlySet<string>): void;
  cardsChanged(changes: NodeChange<CanvasNode>[]): void;
  wiresChanged(changes: EdgeChange<CanvasWire>[]): void;
}
export type Editor = StoreApi<EditorState>;

export function createEditor(graph: Graph, models: Models = {}): Editor {
  return createStore<EditorState>()((set, get) => {
    const pageRun = openPageRun();
    /** The state that follows from a document and a page of it; of a page that has gone, the one above. */
    const shown = (root: Graph, path: readonly string[] = [], old?: EditorState) => {
      let depth = path.length;
      while (!pageAt(root, path.slice(0, depth))) depth--;
      const here = path.slice(0, depth);
      // Found by the loop. A component somebody wrote by hand may say nothing of places.
      const page = here.length ? laidOut(pageAt(root, here)!) : root;
      const place: Place = { root, path: here, page };
      const isSamePage = old !== undefined && here.join('/') === old.path.join('/');
      const whole = old?.whole ?? { plan: {}, run: noRun };
      return {
        root,
        path: here,
        versions: old?.versions.slice(0, depth) ?? [],
        graph: page,
        definitions: definitionsFor(root),
        ...judged(place, old?.models ?? models, old?.problems),
        ...news(place, whole, isSamePage ? old : undefined),
        byId: isSamePage ? keptNodes(page, old.byId) : new Map(page.nodes.map((node) => [node.id, node])),
        wired: wiredOn(page),
        cards: drawNodes(page, isSamePage ? old.cards : []),
        wires: drawWires(page, isSamePage ? old.wires : []),
      };
    };
    /** A run and a plan of the document, as this page shows them. */
    const news = (place: Place, whole: EditorState['whole'], old?: EditorState) => ({
      whole,
      run: pageRun(place, whole.run, whole.plan),
      plan: steady(old?.plan ?? {}, planOnPage(place, whole.plan)),
    });
    const told = (whole: Partial<EditorState['whole']>) =>
      set((old) => news({ ...old, page: old.graph }, { ...old.whole, ...whole }, old));
    const travel = (history: History) =>
      set((old) => {
        if (history.present === old.root) return { history };
        const run = withoutMended(old.whole.run, old.root, history.present);
        return { history, ...shown(history.present, old.path, { ...old, whole: { ...old.whole, run } }) };
      });
    const edited = (next: Graph, gesture?: string) => {
      const { root, history, models: known } = get();
      const changed = next === root ? root : cleaned(next);
      const isMeaning = changed.nodes !== root.nodes || changed.components !== root.components;
      const done = isMeaning ? withSources(changed, known) : changed;
      if (done !== root) travel(record(history, done, { gesture, now: Date.now() }));
    };

    return {
      ...shown(graph),
      history: begin(graph),
      models,
      ran: null,
      edit: (recipe, gesture) => {
        const { root, path, versions, graph: before } = get();
        const page = recipe(before);
        if (page !== before) edited(withPage(root, { path, page: withoutLoose(page), versions }), gesture);
      },
      editRoot: (recipe, gesture) => {
        const { root } = get();
        const next = recipe(root);
        if (next !== root) edited(withoutLoose(next), gesture);
      },
      enter: (id) => {
        const { root, path, versions, graph: page } = get();
        const node = page.nodes.find((one) => one.id === id);
        const component = node && componentOf(root, node);
        if (!component || !pageAt(root, [...path, id])) return false;
        set((old) => ({
          ...shown(root, [...path, id], old),
          versions: [...versions, nextVersion(root, component)],
        }));
        return true;
      },
      leave: (depth) => {
        const { path } = get();
        const from = path[depth];
        if (from === undefined) return;
        set((old) => shown(old.root, path.slice(0, depth), old));
        get().select(new Set([from]));
      },
      open: (next, undoable = false) =>
        travel(undoable ? record(get().history, next, { now: Date.now() }) : begin(next)),
      undo: () => travel(undo(get().history)),
      redo: () => travel(redo(get().history)),
      setModels: (next) =>
        set((old) =>
          next === old.models ? old : { models: next, ...judged({ ...old, page: old.graph }, next, old.problems) },
        ),
      setPlan: (plan) => told({ plan }),
      apply: (events) => told({ run: events.reduce(applyEvent, get().whole.run) }),
      showRun: (run) => told({ run }),
      setRan: (ran) => set({ ran }),
      select: (ids) =>
        set((old) => ({
          cards: old.cards.map((card) =>
            Boolean(card.selected) === ids.has(card.id) ? card : { ...card, selected: ids.has(card.id) },
          ),
          wires: old.wires.map((wire) => (wire.selected ? { ...wire, selected: false } : wire)),
        })),
      cardsChanged: (changes) => {
        const kept = changes.filter((change) => change.type !== 'remove');
        const isResizing = kept.some((change) => change.type === 'dimensions' && change.setAttributes);
        set((old) => {
          const cards = applyNodeChanges(carriedAlong(kept, old.cards), old.cards);
          return { cards: isResizing ? withSocketsMoved(cards, old.graph) : cards };
        });
        if (kept.some((change) => change.type === 'position' && !change.dragging)) settle(get());
      },
      wiresChanged: (changes) =>
        set((old) => ({
          wires: applyEdgeChanges(
            changes.filter((change) => change.type !== 'remove'),
            old.wires,
          ),
        })),
    };
  });
}

/** Writes where cards now lie into the graph, once a drag has ended. */
function settle({ cards, graph, edit }: EditorState): void {
  const places: Record<string, Point> = {};
  const { positions, notes, groups } = graph.layout;
  const lies = new Map([...notes, ...groups].map(({ id, at }) => [id, at]));
  for (const { id, position } of cards) {
    const was = positions[id] ?? lies.get(id);
    if (was?.x !== position.x || was.y !== position.y)
      places[id] = { x: Math.round(position.x), y: Math.round(position.y) };
  }
  if (Object.keys(places).length) edit((now) => move(now, places), 'move');
}

function judged(place: Place, models: Models, old: EditorState['problems'] = {}) {
  const { graph, opened } = active(place.root);
  const checked = check(graph, models);
  return {
    flat: { graph, types: checked.types, opened },
    checked: checkedOnPage(place, checked, opened),
    problems: steady(old, problemsOnPage(place, checked.problems, opened)),
  };
}

/** Nodes by id. On the page of a component they are made anew by every edit: those that are the same stay the same object. */
function keptNodes(page: Page, old: EditorState['byId']): Map<string, GraphNode> {
  return new Map(
    page.nodes.map((node) => {
      const was = old.get(node.id);
      const isSame = was && page.own && JSON.stringify(was) === JSON.stringify(node);
      return [node.id, isSame ? was : node];
    }),
  );
}

/** The new record, with old entries wherever they mean the same: what did not change is not drawn again. */
function steady<T>(old: Readonly<Record<string, T>>, next: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(next).map(([key, value]) => {
      const was = old[key];
      return [key, was !== undefined && JSON.stringify(was) === JSON.stringify(value) ? was : value];
    }),
  );
}

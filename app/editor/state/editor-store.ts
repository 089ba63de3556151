import { applyEdgeChanges, applyNodeChanges, type EdgeChange, type NodeChange } from '@xyflow/react';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { active } from '../../../nodes/active';
import { type Checked, check, type Problem } from '../../../nodes/check';
import type { NodePlan, RunEvent } from '../../../nodes/events';
import type { Graph, GraphNode } from '../../../nodes/graph';
import { withSources } from '../../../nodes/named-models';
import type { Models } from '../../../nodes/values';
import { type CanvasNode, type CanvasWire, drawNodes, drawWires } from './drawing';
import { move, type Point } from './edits';
import { carriedAlong } from './group-drag';
import { begin, type History, record, redo, undo } from './history';
import { withoutMended } from './mended';
import { applyEvent, noRun, type RunState } from './run-state';

/** Everything the canvas shows. The graph is the truth; the rest is derived from it or told by the server. */
export interface EditorState {
  graph: Graph;
  history: History;
  models: Models;
  /** Nodes by id; entries keep their identity while their node is unchanged. */
  byId: ReadonlyMap<string, GraphNode>;
  checked: Checked;
  /** Problems by node id; those of the whole graph under ''. Entries keep their identity while they say the same. */
  problems: Readonly<Record<string, readonly Problem[]>>;
  /** Sockets that have a wire: inputs as `node.port`, outputs as `>node.port`. */
  wired: ReadonlySet<string>;
  cards: CanvasNode[];
  wires: CanvasWire[];
  plan: Readonly<Record<string, NodePlan>>;
  run: RunState;

  /** Changes the graph. Edits that name the same gesture in quick succession are one step of undo. */
  edit(recipe: (graph: Graph) => Graph, gesture?: string): void;
  /** Shows another graph, or an older state of this one, as a fresh start (`undoable` keeps the way back). */
  open(graph: Graph, undoable?: boolean): void;
  undo(): void;
  redo(): void;
  setModels(models: Models): void;
  setPlan(plan: Readonly<Record<string, NodePlan>>): void;
  apply(events: readonly RunEvent[]): void;
  showRun(run: RunState): void;
  select(ids: ReadonlySet<string>): void;
  cardsChanged(changes: NodeChange<CanvasNode>[]): void;
  wiresChanged(changes: EdgeChange<CanvasWire>[]): void;
}
export type Editor = StoreApi<EditorState>;

export function createEditor(graph: Graph, models: Models = {}): Editor {
  return createStore<EditorState>()((set, get) => {
    /** The state that follows from a new graph. */
    const shown = (next: Graph, old?: EditorState) => ({
      graph: next,
      ...judged(next, old?.models ?? models, old?.problems),
      byId: new Map(next.nodes.map((node) => [node.id, node])),
      wired: new Set(next.wires.flatMap(({ from, to }) => [`${to.node}.${to.port}`, `>${from.node}.${from.port}`])),
      cards: drawNodes(next, old?.cards ?? []),
      wires: drawWires(next, old?.wires ?? []),
    });
    const travel = (history: History) =>
      set((old) =>
        history.present === old.graph
          ? { history }
          : { history, run: withoutMended(old.run, old.graph, history.present), ...shown(history.present, old) },
      );

    return {
      ...shown(graph),
      history: begin(graph),
      models,
      plan: {},
      run: noRun,
      edit: (recipe, gesture) => {
        const { history, graph: before } = get();
        const changed = recipe(before);
        const next = changed.nodes === before.nodes ? changed : withSources(changed, get().models);
        if (next !== before) travel(record(history, next, { gesture, now: Date.now() }));
      },
      open: (next, undoable = false) =>
        travel(undoable ? record(get().history, next, { now: Date.now() }) : begin(next)),
      undo: () => travel(undo(get().history)),
      redo: () => travel(redo(get().history)),
      setModels: (next) => set((old) => ({ models: next, ...judged(old.graph, next, old.problems) })),
      setPlan: (plan) => set((old) => ({ plan: steady(old.plan, plan) })),
      apply: (events) => set((old) => ({ run: events.reduce(applyEvent, old.run) })),
      showRun: (run) => set({ run }),
      select: (ids) =>
        set((old) => ({
          cards: old.cards.map((card) =>
            Boolean(card.selected) === ids.has(card.id) ? card : { ...card, selected: ids.has(card.id) },
          ),
          wires: old.wires.map((wire) => (wire.selected ? { ...wire, selected: false } : wire)),
        })),
      cardsChanged: (changes) => {
        const kept = changes.filter((change) => change.type !== 'remove');
        set((old) => ({ cards: applyNodeChanges(carriedAlong(kept, old.cards), old.cards) }));
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

function judged(graph: Graph, models: Models, old: EditorState['problems'] = {}) {
  const checked = check(active(graph).graph, models);
  const problems: Record<string, Problem[]> = {};
  for (const problem of checked.problems) {
    const at = problem.at ?? '';
    problems[at] = [...(problems[at] ?? []), problem];
  }
  return { checked, problems: steady(old, problems) };
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

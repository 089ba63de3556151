import { create } from 'zustand';
import type { Graph } from '../../../nodes/graph';
import { axesAllowed, emptySweep, readSweep, type Sweep, type SweepAxis } from '../../../nodes/sweep';
import { axisFor } from '../../../nodes/sweep-cells';
import { fieldFor, startValues } from './sweep-fields';

/** The sweep being laid out for one graph. Kept in this browser: it is a question about the graph, not a part of it. */
interface SweepState {
  graphId: string;
  sweep: Sweep;
  recall(graphId: string): void;
  set(sweep: Sweep): void;
  /** Makes an axis of a control; false when there are as many as may be. One that is there already is left as it is. */
  add(graph: Graph, at: NonNullable<SweepAxis['at']> | null): boolean;
  change(place: number, patch: Partial<SweepAxis>): void;
  remove(place: number): void;
}

const key = (graphId: string) => `skein.sweep.${graphId}`;

export const useSweep = create<SweepState>()((set, get) => {
  const keep = (sweep: Sweep) => {
    localStorage.setItem(key(get().graphId), JSON.stringify(sweep));
    set({ sweep });
  };
  return {
    graphId: '',
    sweep: emptySweep(),
    recall(graphId) {
      const kept = localStorage.getItem(key(graphId));
      const read = kept ? readSweep(parsed(kept)) : undefined;
      set({ graphId, sweep: read?.sweep ?? emptySweep() });
    },
    set: keep,
    add(graph, at) {
      const { sweep } = get();
      if (at && sweep.axes.some((axis) => JSON.stringify(axis.at) === JSON.stringify(at))) return true;
      if (sweep.axes.length >= axesAllowed) return false;
      const axis: SweepAxis = at
        ? {
            name: axisFor(graph, sweep, { node: at.node, param: 'param' in at ? at.param : at.port }),
            at,
            values: startValues(fieldFor(graph, at), graph, at),
          }
        : { name: freeWord(sweep), values: { kind: 'list', values: [] } };
      keep({ ...sweep, axes: [...sweep.axes, axis] });
      return true;
    },
    change(place, patch) {
      const { sweep } = get();
      const before = sweep.axes[place]?.name;
      const axes = sweep.axes.map((axis, at) => (at === place ? { ...axis, ...patch } : axis));
      // What is left out goes by the axis's name.
      const renamed = (skip: Sweep['skips'][number]) =>
        Object.fromEntries(
          Object.entries(skip).map(([name, values]) => [name === before ? axes[place]!.name : name, values]),
        );
      keep({ ...sweep, axes, skips: sweep.skips.map(renamed) });
    },
    remove(place) {
      const { sweep } = get();
      const gone = sweep.axes[place]?.name ?? '';
      const skips = sweep.skips.filter((skip) => !Object.hasOwn(skip, gone));
      keep({ ...sweep, axes: sweep.axes.filter((_, at) => at !== place), skips });
    },
  };
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function freeWord({ axes }: Sweep): string {
  const taken = new Set(axes.map(({ name }) => name));
  return ['word', 'other', 'third', 'fourth'].find((name) => !taken.has(name)) ?? 'word';
}

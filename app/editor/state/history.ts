import type { Graph } from '../../../nodes/graph';

/** Undo and redo over whole graphs: cheap, because edits share all they do not touch. */
export interface History {
  past: readonly Graph[];
  present: Graph;
  future: readonly Graph[];
  /** The gesture the last step belongs to: typing in one field, dragging one slider. */
  gesture?: { name: string; at: number };
}

const depth = 200;
/** Two edits of one gesture closer than this, in milliseconds, are one step back. */
const pause = 900;

export const begin = (present: Graph): History => ({ past: [], present, future: [] });

/**
 * Takes a new graph as the present. With `gesture`, edits of the same name that follow each other quickly become one
 * step; `now` is the time in milliseconds.
 */
export function record(history: History, graph: Graph, about: { gesture?: string; now: number }): History {
  if (graph === history.present) return history;
  const { gesture: last } = history;
  const goesOn = about.gesture !== undefined && last?.name === about.gesture && about.now - last.at < pause;
  const gesture = about.gesture === undefined ? undefined : { name: about.gesture, at: about.now };
  if (goesOn) return { ...history, present: graph, future: [], gesture };
  return { past: [...history.past, history.present].slice(-depth), present: graph, future: [], gesture };
}

export function undo({ past, present, future }: History): History {
  const last = past.at(-1);
  return last ? { past: past.slice(0, -1), present: last, future: [present, ...future] } : { past, present, future };
}

export function redo({ past, present, future }: History): History {
  const [next, ...rest] = future;
  return next ? { past: [...past, present], present: next, future: rest } : { past, present, future };
}

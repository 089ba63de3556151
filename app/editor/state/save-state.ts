import type { Graph } from '../../../nodes/graph';

/** How the graph on the canvas stands to the one in the library. */
export type SaveState =
  | { is: 'saved' }
  | { is: 'unsaved' }
  | { is: 'saving' }
  | { is: 'offline'; says: string }
  | { is: 'conflict'; current: number; kept: number };

/** What a browser keeps of unsaved work, so that a crash or a closed lid loses nothing. */
export interface Draft {
  baseVersion: number;
  graph: Graph;
  at: number;
}

const place = (id: string) => `skein.draft.${id}`;

export function keepDraft(id: string, draft: Draft): void {
  try {
    localStorage.setItem(place(id), JSON.stringify(draft));
  } catch {
    // A full or forbidden storage costs only the safety net; the save itself goes to the server.
  }
}

export const dropDraft = (id: string) => localStorage.removeItem(place(id));

/** A draft that was made on top of this very version; older ones have been overtaken by the history. */
export function recallDraft(id: string, version: number): unknown {
  try {
    const draft = JSON.parse(localStorage.getItem(place(id)) ?? 'null');
    return draft?.baseVersion === version ? draft.graph : null;
  } catch {
    return null;
  }
}

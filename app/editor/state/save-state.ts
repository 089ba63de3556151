import { z } from 'zod';
import { type Graph, readGraph } from '../../../nodes/graph';

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

/** Whether something of this graph has not reached the library. */
export const hasDraft = (id: string): boolean => localStorage.getItem(place(id)) !== null;

export const dropDraft = (id: string) => localStorage.removeItem(place(id));

const draftSchema = z.object({ baseVersion: z.int().min(1), graph: z.unknown() });

/**
 * Unsaved work of a tab that is gone, or null. `baseVersion` is what it was made from: when the library is ahead of it,
 * saving it will ask which of the two goes on.
 */
export function recallDraft(id: string): { baseVersion: number; graph: Graph } | null {
  try {
    const draft = draftSchema.safeParse(JSON.parse(localStorage.getItem(place(id)) ?? 'null'));
    const { graph } = draft.success ? readGraph(draft.data.graph) : {};
    return draft.success && graph ? { baseVersion: draft.data.baseVersion, graph } : null;
  } catch {
    return null;
  }
}

import { api } from '../api-client';
import { graphAt } from './graph-at';

/**
 * What the editor must have before it can draw anything, asked for as soon as this file is read: the answers are there
 * when the rest of the page has been read and React is ready. The page itself has asked before (`early-script.ts`). Each is taken once; whoever comes later asks anew.
 */
const id = typeof window === 'undefined' ? undefined : graphAt(window.location.pathname);
const early = id === undefined ? undefined : { graph: api.graphs.get.query({ id }), models: api.models.list.query() };
// Whoever takes a refusal will tell of it.
for (const answer of Object.values(early ?? {})) answer.catch(() => undefined);
const taken = new Set<string>();

/** The graph as it is stored. */
export const askGraph = (wanted: string) => (wanted === id && take('graph')) || api.graphs.get.query({ id: wanted });

/** All models there are. */
export const askModels = () => take('models') || api.models.list.query();

function take<K extends 'graph' | 'models'>(what: K) {
  if (taken.has(what)) return undefined;
  taken.add(what);
  return early?.[what];
}

import type { Graph } from './graph-schema';

/** A readable id no node, note or group of the graph has: `denoiser`, `denoiser-2`, ... People type these ids at the CLI. */
export function freshId(
  graph: Pick<Graph, 'nodes' | 'layout'>,
  stem: string,
  taken: ReadonlySet<string> = new Set(),
): string {
  const used = new Set([
    ...graph.nodes.map((node) => node.id),
    ...graph.layout.notes.map((note) => note.id),
    ...graph.layout.groups.map((group) => group.id),
    ...taken,
  ]);
  const base = stem.replace(/-\d+$/, '').slice(0, 56) || 'node';
  // A document refuses names that JavaScript itself has.
  if (!used.has(base) && !(base in {})) return base;
  for (let count = 2; ; count++) if (!used.has(`${base}-${count}`)) return `${base}-${count}`;
}

/** Words as an id can hold them: lower case, a letter first, then letters, digits and dashes. Words without any make `component`. */
export const idStem = (words: string): string =>
  plainName(words.trim().toLowerCase().replace(/\s+/g, '-')) || 'component';

/** What of a text may stand in an id or the name of a socket; with a number at its end it may have 64 characters. */
export const plainName = (text: string): string =>
  text
    .replace(/[^\w-]/g, '')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 56);

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

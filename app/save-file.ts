import type { Graph } from '../nodes/graph';

/** Hands a graph to the person as a JSON file: for a friend, a repository, or `npx skein run`. */
export function saveGraphFile(graph: Graph): void {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(graph, null, 2)}\n`], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${
    graph.name
      .trim()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '')
      .toLowerCase() || 'graph'
  }.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

import type { Graph } from '../nodes/graph';

/** Hands a graph to the person as a JSON file: for a friend, a repository, or `npx skein run`. */
export function saveGraphFile(graph: Graph): void {
  const text = `${JSON.stringify(graph, null, 2)}\n`;
  saveFile(text, { name: graph.name, ending: 'json', type: 'application/json' });
}

/** Hands text or a picture to the person as a file, named after what it is. */
export function saveFile(text: string | Blob, about: { name: string; ending: string; type: string }): void {
  const url = URL.createObjectURL(new Blob([text], { type: about.type }));
  const link = document.createElement('a');
  const stem = about.name
    .trim()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
  link.href = url;
  link.download = `${stem || 'graph'}.${about.ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

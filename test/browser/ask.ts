import { createTRPCClient, httpLink } from '@trpc/client';
import superjson from 'superjson';
import { templates } from '../../graphs/registry';
import { type Graph, readGraph } from '../../nodes/graph';
import type { AppRouter } from '../../server/api/root';

/** The server as its own pages ask it: to lay out what a walk begins with, and to look at what it left. */
export const ask = (url: string) =>
  createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${url}/api/trpc`,
        transformer: superjson,
        headers: { 'x-skein': '1' },
        methodOverride: 'POST',
      }),
    ],
  });

/** A template of the gallery, with some params changed. */
export function template(name: string, changes: Readonly<Record<string, Record<string, unknown>>> = {}): Graph {
  const { graph, problem } = readGraph(templates[name]);
  if (!graph) throw new Error(`The template "${name}" cannot be read: ${problem}`);
  const nodes = graph.nodes.map((node) => ({ ...node, params: { ...node.params, ...changes[node.id] } }));
  return { ...graph, nodes };
}

/** A picture and the file it is written to: the least that can run. `sha256` names an upload. */
export const pictureGraph = (sha256: string, name = 'A picture'): Graph => {
  const { graph } = readGraph({
    format: 'skein-graph',
    version: 1,
    name,
    nodes: [
      { id: 'image', type: 'image', version: 1, params: { asset: sha256 } },
      { id: 'still', type: 'still', version: 1, params: { index: 0, format: 'png', name: 'still' } },
    ],
    wires: [{ from: { node: 'image', port: 'frames' }, to: { node: 'still', port: 'frames' } }],
    layout: { positions: { image: { x: 0, y: 0 }, still: { x: 420, y: 0 } }, widths: {}, groups: [], notes: [] },
  });
  if (!graph) throw new Error('The picture graph does not fit the grammar.');
  return graph;
};

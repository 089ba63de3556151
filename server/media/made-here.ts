import { flatten } from '../../nodes/flatten';
import type { Graph } from '../../nodes/graph';
import type { MadeWith } from '../../nodes/made-with';
import { registry } from '../../nodes/registry';
import type { Models } from '../../nodes/values';
import { modelsOf } from '../inference/models-of-graph';
import { versions } from '../inference/versions';
import { findFfmpeg } from './ffmpeg';

/** What this machine makes a graph with. */
export async function madeHere(graph: Graph, about: { models: Models; device: MadeWith['device'] }): Promise<MadeWith> {
  const { models } = about;
  const { provider, key, says } = about.device;
  const { tools } = await findFfmpeg();
  const named = [...modelsOf(graph)].flatMap((id) => (Object.hasOwn(models, id) ? [models[id]!] : []));
  const types = flatten(graph).graph.nodes.flatMap(({ type }) => {
    const known = Object.hasOwn(registry, type) ? registry[type] : undefined;
    return known ? [[type, known.version] as const] : [];
  });
  return {
    ...versions(),
    ...(tools ? { ffmpeg: tools.version } : {}),
    device: { provider, key, says },
    models: Object.fromEntries(named.map(({ id, digest, title }) => [id, { digest, title }])),
    nodes: Object.fromEntries(types),
  };
}

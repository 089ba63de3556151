import type { Graph } from '../../nodes/graph';
import { type Piece, type Plan, plan } from '../engine/plan';
import type { LatentPlace } from '../media/compare-process';
import type { Services } from './services';

/**
 * Which latent a node's result was decoded from, and where the cache has it: the nearest one against the wires. A reason
 * in place of it when there is none, or when it has gone.
 */
export async function latentBehind(
  services: Services,
  { graph, node, name }: { graph: Graph; node: string; name: string },
): Promise<{ at: LatentPlace; reason?: undefined } | { at?: undefined; reason: string }> {
  const { library, device, cache } = services;
  const planned = plan(graph, { models: await library.models(), device: device(), cache });
  const here = planned.nodes.get(node);
  // A model that is gone, or is being read: without its digest nobody can say where its results lie.
  if (here?.state === 'blocked') {
    const problem = planned.problems.find(({ at }) => at !== undefined && planned.nodes.get(at)?.state === 'blocked');
    return {
      reason: `The latent of ${name} can be found only while its graph could run. ${problem?.says ?? ''}`.trim(),
    };
  }
  const at = nearestLatent(planned, here?.fingerprint);
  if (!at) return { reason: `No latent led to ${name}.` };
  return cache.look(at.fingerprint)
    ? { at }
    : { reason: `The latent of ${name} is no longer in the cache. Run its graph again, and it will be.` };
}

function nearestLatent({ pieces }: Plan, from: string | undefined): LatentPlace | null {
  const seen = new Set(from === undefined ? [] : [from]);
  for (const print of seen)
    for (const input of inputsOf(pieces.get(print))) {
      if (pieces.get(input.fingerprint)?.definition.outputs[input.port]?.kind === 'latent') return input;
      seen.add(input.fingerprint);
    }
  return null;
}

const inputsOf = (piece: Piece | undefined): LatentPlace[] => Object.values(piece?.inputs ?? {});

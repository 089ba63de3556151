import { cardOf } from '../../nodes/agreement';
import type { Problem } from '../../nodes/check';
import type { NodePlan, OutputSummary } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';
import { encoderTooLarge, lackOfMemory, lackOnCard, withFastWeights } from '../../nodes/memory';
import type { Fact, ModelCard, Models } from '../../nodes/values';
import { type Piece, type Plan, plan } from '../engine/plan';
import { newestAssets } from '../store/assets';
import type { Viewer } from '../store/database';
import type { Services } from './services';

/** The memory that a run may have, in bytes. */
export interface Room {
  free: number;
  /** Of the graphics card; absent when nobody could be asked. */
  card?: number | undefined;
  /** Where parts compute that say nothing else. */
  provider: string;
}

/** A plan as it crosses the wire. */
export interface GraphPlan {
  problems: Problem[];
  /** By node id. */
  nodes: Record<string, NodePlan>;
  /** Sum of what is known about the nodes that will run. */
  seconds?: number;
}

/** What a run of this graph would do now, in the words of the engine that would run it; `room` is the memory it may have. */
export async function planGraph(
  services: Services,
  graph: Graph,
  about: { targets?: string[] | undefined; room: Room },
): Promise<GraphPlan> {
  const { targets, room } = about;
  const models = await services.library.models();
  const shared = { models, device: services.device(), cache: services.cache };
  const planned = plan(graph, { ...shared, ...(targets ? { targets } : {}) });
  const nodes = Object.fromEntries(planned.nodes);
  for (const [print, { outputs }] of planned.found)
    for (const id of planned.pieces.get(print)?.nodes ?? []) nodes[id] = { ...nodes[id]!, outputs }; // of the plan
  const tooLarge = largerThan(room, planned, models);
  for (const { at, says } of tooLarge) nodes[at] = { ...nodes[at], state: 'blocked', says };
  const { problems, seconds } = planned;
  return { problems: [...problems, ...tooLarge], nodes, ...(seconds === undefined ? {} : { seconds }) };
}

/**
 * The same plan, where cached nodes have with them what their cards can show: measures, and files that are in the
 * viewer's library. A file that is not (made at the command line, or removed) has no address, and is left out.
 */
export async function withShown({ db }: Pick<Services, 'db'>, viewer: Viewer, planned: GraphPlan): Promise<GraphPlan> {
  const all = Object.values(planned.nodes).flatMap(({ outputs }) => Object.values(outputs ?? {}));
  const assets = await newestAssets(
    db,
    viewer,
    all.flatMap(({ file }) => file?.sha256 ?? []),
  );
  const shown = ([port, output]: [string, OutputSummary]): [string, OutputSummary][] => {
    if (output.kind === 'measures') return [[port, output]];
    const asset = output.file && assets.get(output.file.sha256);
    return output.file && asset ? [[port, { ...output, file: { ...output.file, asset } }]] : [];
  };
  const nodes = Object.entries(planned.nodes).map(([id, { outputs, ...node }]): [string, NodePlan] => {
    const found = Object.entries(outputs ?? {}).flatMap(shown);
    return [id, found.length ? { ...node, outputs: Object.fromEntries(found) } : node];
  });
  return { ...planned, nodes: Object.fromEntries(nodes) };
}

/** Parts that will run and need more memory than there is: known from the shapes on their wires and those of weights. */
export function largerThan(room: Room, { pieces, toRun }: Plan, models: Models): (Problem & { at: string })[] {
  return toRun.flatMap((print) => {
    const piece = pieces.get(print);
    const part = piece?.inputs['model'];
    const model = part && pieces.get(part.fingerprint)?.foreseen[part.port];
    const card = cardOf(model, models);
    if (!piece || !model || !card) return [];
    const { precision, device = room.provider } = model.facts;
    const bytes = device === 'cpu' ? undefined : (room.card ?? Infinity);
    const says = shortOf(piece, { card, precision, free: room.free, bytes });
    const port = piece.definition.type === 'denoiser' ? 'noise' : 'model';
    return says ? piece.nodes.map((at) => ({ at, port, says })) : [];
  });
}

/** `bytes` are those of the graphics card this piece computes on. */
function shortOf(
  { definition, foreseen }: Piece,
  about: { card: ModelCard; precision: Fact | undefined; free: number; bytes: number | undefined },
): string | null {
  const { card, precision, free, bytes } = about;
  const there = bytes === undefined ? undefined : { bytes, isHalf: precision === 'half' };
  if (definition.type === 'text-encoder') return there ? encoderTooLarge(card, there) : null;
  const clip = definition.type === 'denoiser' ? foreseen['clip']?.facts : undefined;
  if (!clip) return null;
  return there
    ? lackOnCard(card, clip, there)
    : lackOfMemory(precision === 'fast' ? withFastWeights(card) : card, clip, free);
}

import { type Active, active } from '../../nodes/active';
import { type Checked, check, type Definitions, definitionOf, type Problem } from '../../nodes/check';
import type { AnyNode } from '../../nodes/define';
import type { NodePlan } from '../../nodes/events';
import { printsOf } from '../../nodes/fingerprint';
import { type Graph, type GraphWire, order, upstream } from '../../nodes/graph';
import { registry } from '../../nodes/registry';
import type { Models, WireType } from '../../nodes/values';
import type { Cache, Held } from './cache';
import { workOf } from './summary';

/** One piece of work. Nodes of the same fingerprint are one piece: they are done once. */
export interface Piece {
  fingerprint: string;
  /** The nodes it stands for; the first gives it its name in messages. */
  nodes: string[];
  definition: AnyNode;
  params: Record<string, unknown>;
  inputs: Record<string, { fingerprint: string; port: string }>;
  foreseen: Record<string, WireType>;
  work: string;
  /** Fingerprint of the whole result, where this node pauses on its way to it; else its own. */
  whole: string;
}

export interface Plan {
  /** By node id: what will happen to it, as drawn on the cards. */
  nodes: Map<string, NodePlan>;
  problems: Problem[];
  /** All pieces that targets need, by fingerprint, sources first; those that are cached included. */
  pieces: Map<string, Piece>;
  /** What was found in the cache of the others, by fingerprint. It may be gone by the time it is wanted. */
  found: Map<string, Held>;
  /** Fingerprints of pieces that have to run, in the order in which they best do. */
  toRun: string[];
  /** Output nodes asked for, and whether they can be had. */
  targets: { node: string; fingerprint?: string }[];
  fresh: boolean;
  /** How long the pieces to run will take together; absent while that of any is unknown. */
  seconds?: number;
}

export interface PlanAbout {
  models: Models;
  /** Enters fingerprints of nodes that compute, e.g. `cpu/fp32`. */
  device: string;
  cache: Pick<Cache, 'look' | 'seconds' | 'resumesAt'>;
  /** Only these nodes and what they need; all output nodes when absent. */
  targets?: readonly string[];
  /** Reuse nothing. */
  fresh?: boolean;
  /** Other definitions than the registry's, in tests. */
  nodes?: Definitions;
}

/**
 * Decides what a run will do: which nodes run, which are cached, blocked, or not needed by any output. Reads no result,
 * only looks whether it is there. Never throws for anything a graph can contain.
 */
export function plan(whole: Graph, options: PlanAbout): Plan {
  const about = { ...options, cache: { ...options.cache, look: once(options.cache.look) } };
  const definitions = about.nodes ?? registry;
  const { graph, off } = active(whole, definitions);
  const checked = check(graph, about.models, definitions);
  const { prints, wholes } = printsOf(graph, {
    params: checked.params,
    models: about.models,
    device: about.device,
    nodes: definitions,
  });
  const problems = [...checked.problems];
  const targets = targetsOf(graph, { definitions, targets: about.targets, problems, off });
  const needed = upstream(graph, targets);
  const blocked = blockedNodes(graph, checked, prints);

  const possible = upstream(
    graph,
    targets.filter((target) => !blocked.has(target)),
  );
  const pieces = makePieces(graph, { needed: possible, prints, wholes, checked, definitions });
  const toRun = whatRuns(pieces, { targets: targets.map((node) => prints[node] ?? ''), about });
  const running = new Set(toRun);
  const nodes = new Map<string, NodePlan>([...off.keys()].map((id) => [id, { state: 'off' }]));
  for (const { id } of graph.nodes) {
    const fingerprint = prints[id];
    const piece = fingerprint === undefined ? undefined : pieces.get(fingerprint);
    if (!needed.has(id)) nodes.set(id, { state: 'unused', fingerprint });
    else if (!piece) nodes.set(id, { state: 'blocked', fingerprint });
    else nodes.set(id, planOf(piece, running.has(piece.fingerprint), about));
  }
  const found = new Map<string, Held>();
  for (const print of pieces.keys()) {
    const held = running.has(print) ? null : about.cache.look(print);
    if (held) found.set(print, held);
  }
  const known = toRun.flatMap((print) => about.cache.seconds(pieces.get(print)!.work) ?? []);
  return {
    nodes,
    problems,
    pieces,
    found,
    toRun,
    targets: targets.map((node) => ({ node, fingerprint: blocked.has(node) ? undefined : prints[node] })),
    fresh: about.fresh ?? false,
    // A sum without its largest part would be believed.
    seconds: known.length === toRun.length ? known.reduce((sum, seconds) => sum + seconds, 0) : undefined,
  };
}

/** The same answer for the same question: every entry is read from disk at most once per plan. */
function once<T>(ask: (fingerprint: string) => T): (fingerprint: string) => T {
  const answers = new Map<string, T>();
  return (fingerprint) => {
    if (!answers.has(fingerprint)) answers.set(fingerprint, ask(fingerprint));
    return answers.get(fingerprint) as T; // set above, perhaps to null
  };
}

function planOf(piece: Piece, runs: boolean, { cache, fresh }: PlanAbout): NodePlan {
  const { fingerprint } = piece;
  const whole = piece.whole === fingerprint ? {} : { whole: piece.whole };
  if (!runs) return { state: 'cached', fingerprint, ...whole, seconds: cache.look(fingerprint)?.seconds };
  const resumesAt = (fresh ? null : cache.resumesAt(fingerprint)) ?? undefined;
  return { state: 'will-run', fingerprint, ...whole, seconds: cache.seconds(piece.work), resumesAt };
}

function targetsOf(
  graph: Graph,
  about: { definitions: Definitions; targets?: readonly string[]; problems: Problem[]; off: Active['off'] },
): string[] {
  if (!about.targets) {
    const sinks = graph.nodes.filter((node) => definitionOf(about.definitions, node.type)?.sink).map((node) => node.id);
    if (!sinks.length) {
      const says = about.off.size
        ? 'Every output is muted, or needs what is. Unmute one to run it.'
        : 'This graph makes nothing. Add an output, for example a Muxer.';
      about.problems.push({ says });
    }
    return sinks;
  }
  const ids = new Set(graph.nodes.map((node) => node.id));
  // A component is all that is inside it.
  const inside = (target: string) => graph.nodes.flatMap(({ id }) => (id.startsWith(`${target}/`) ? [id] : []));
  const wanted = about.targets.flatMap((target) => {
    const all = ids.has(target) ? [] : inside(target);
    return all.length ? all : [target];
  });
  for (const target of wanted)
    if (about.off.has(target))
      about.problems.push({ at: target, says: 'This is switched off, or needs what is. Switch that on to run it.' });
    else if (!ids.has(target))
      about.problems.push({ says: `There is no node "${target}" to run. Choose one that is there.` });
  const targets = [...new Set(wanted)];
  if (!targets.some((target) => ids.has(target)))
    about.problems.push({ says: 'No output is selected. Select at least one to run.' });
  return targets;
}

/** Nodes with a problem, and all that need one of them. */
function blockedNodes(graph: Graph, checked: Checked, prints: Record<string, string>): Set<string> {
  const blocked = new Set(checked.problems.flatMap((problem) => problem.at ?? []));
  for (const node of graph.nodes) if (!Object.hasOwn(prints, node.id)) blocked.add(node.id);
  const out = wiresBy(graph.wires, 'from');
  for (const id of blocked) for (const wire of out.get(id) ?? []) blocked.add(wire.to.node);
  return blocked;
}

function makePieces(
  graph: Graph,
  about: {
    needed: ReadonlySet<string>;
    prints: Record<string, string>;
    wholes: Record<string, string>;
    checked: Checked;
    definitions: Definitions;
  },
): Map<string, Piece> {
  const pieces = new Map<string, Piece>();
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const into = wiresBy(graph.wires, 'to');
  for (const id of order(graph) ?? []) {
    const fingerprint = about.prints[id];
    if (!about.needed.has(id) || fingerprint === undefined) continue;
    const twin = pieces.get(fingerprint);
    if (twin) {
      twin.nodes.push(id);
      continue;
    }
    const definition = definitionOf(about.definitions, byId.get(id)!.type)!; // unknown types are blocked
    const params = about.checked.params[id]!; // wrong params are blocked
    const foreseen = about.checked.types[id] ?? {};
    const inputs = Object.fromEntries(
      (into.get(id) ?? []).map(({ from, to }) => [to.port, { fingerprint: about.prints[from.node]!, port: from.port }]),
    );
    const work = workOf(definition, { params, outputs: foreseen });
    const whole = about.wholes[id] ?? fingerprint;
    pieces.set(fingerprint, { fingerprint, nodes: [id], definition, params, inputs, foreseen, work, whole });
  }
  return pieces;
}

/**
 * Walks from the targets against the wires and stops at what is cached. The order is depth first, so that a result goes
 * as far as it can before the next is begun and the least is held in memory.
 */
function whatRuns(pieces: Map<string, Piece>, { targets, about }: { targets: string[]; about: PlanAbout }): string[] {
  const toRun: string[] = [];
  const seen = new Set<string>();
  const stack = targets
    .filter((print) => pieces.has(print))
    .reverse()
    .map((print) => ({ print, isDone: false }));
  while (stack.length) {
    const { print, isDone } = stack.pop()!;
    if (isDone) toRun.push(print);
    if (isDone || seen.has(print)) continue;
    seen.add(print);
    if (!about.fresh && about.cache.look(print)) continue;
    stack.push({ print, isDone: true });
    for (const { fingerprint } of Object.values(pieces.get(print)!.inputs).reverse())
      if (!seen.has(fingerprint)) stack.push({ print: fingerprint, isDone: false });
  }
  return toRun;
}

function wiresBy(wires: readonly GraphWire[], end: 'from' | 'to'): Map<string, GraphWire[]> {
  const found = new Map<string, GraphWire[]>();
  for (const wire of wires) {
    const list = found.get(wire[end].node);
    if (list) list.push(wire);
    else found.set(wire[end].node, [wire]);
  }
  return found;
}

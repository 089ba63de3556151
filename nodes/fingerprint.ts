import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonical } from './canonical';
import { type Definitions, definitionOf } from './check';
import { type Graph, type GraphWire, order } from './graph';
import { registry } from './registry';
import type { Models } from './values';

export { canonical } from './canonical';

const hash = (text: string) => bytesToHex(sha256(utf8ToBytes(text)));

/**
 * SHA-256 of what a node's result depends on: type, version, params, the fingerprints of its inputs, digests of models,
 * and the device where results differ by it. No ids, positions or titles: two graphs share work.
 *
 * Nodes whose params are wrong, or that need such a node, get none. `device` is e.g. `cpu/fp32`.
 */
export const fingerprints = (graph: Graph, about: PrintAbout): Record<string, string> => printsOf(graph, about).prints;

/** The fingerprint of what a node has after so many steps, by that of its whole result. */
export const pausedPrint = (whole: string, step: number): string => hash(`${whole} after step ${step}`);

interface PrintAbout {
  params: Record<string, Record<string, unknown>>;
  models: Models;
  device: string;
  nodes?: Definitions;
}

/** Fingerprints, and `wholes`: of nodes that pause on their way, what they would have if they went to the end. */
export function printsOf(
  graph: Graph,
  about: PrintAbout,
): { prints: Record<string, string>; wholes: Record<string, string> } {
  const prints: Record<string, string> = {};
  const wholes: Record<string, string> = {};
  /** Of outputs that depend on fewer params than their node, as `node.port`. */
  const outputs: Record<string, string> = {};
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const wiresInto = new Map<string, GraphWire[]>(graph.nodes.map((node) => [node.id, []]));
  for (const wire of graph.wires) wiresInto.get(wire.to.node)?.push(wire);
  for (const id of order(graph) ?? []) {
    const definition = definitionOf(about.nodes ?? registry, byId.get(id)!.type);
    const params = about.params[id];
    if (!definition || !params) continue;
    const inputs: Record<string, string> = {};
    const wires = wiresInto.get(id)!;
    for (const { from, to } of wires) {
      const source = outputs[`${from.node}.${from.port}`] ?? prints[from.node];
      if (source) inputs[to.port] = `${source}.${from.port}`;
    }
    if (Object.keys(inputs).length < wires.length) continue;
    const { type, version, computes, outputIdentity, identity } = definition;
    const device = computes ? about.device : undefined;
    const print = (is: unknown) => hash(canonical({ type, version, is, inputs, device }));
    const whole = print(identity ? identity({ params, models: about.models }) : params);
    const step = definition.pausedAt?.(params) ?? null;
    prints[id] = step === null ? whole : pausedPrint(whole, step);
    if (step !== null) wholes[id] = whole;
    for (const output of outputIdentity ? Object.keys(definition.outputs) : []) {
      outputs[`${id}.${output}`] = print(outputIdentity!({ output, params, models: about.models }));
    }
  }
  return { prints, wholes };
}

import { active } from '../../nodes/active';
import { check } from '../../nodes/check';
import type { Remark } from '../../nodes/comfyui/reading';
import { fingerprints } from '../../nodes/fingerprint';
import type { Graph } from '../../nodes/graph';
import { models } from './graphs-for-tests';
import { asPage, textToVideo } from './workflows-for-tests';

interface Slot {
  name: string;
  type: string;
  link: number | null;
  widget?: { name: string };
}
export interface PageNode {
  id: number;
  type: string;
  title?: string;
  mode: number;
  inputs: Slot[];
  outputs: { type: string }[];
  widgets_values: unknown[];
  properties?: { proxyWidgets?: unknown };
}
interface Wire {
  id: number;
  origin_id: number;
  origin_slot: number;
  target_id: number;
  target_slot: number;
}
export interface Definition {
  id: string;
  name: string;
  inputNode: { id: number };
  outputNode: { id: number };
  inputs: { name: string; label?: string; type?: string }[];
  outputs: { name: string; type?: string }[];
  nodes: PageNode[];
  links: Wire[];
}
export interface Flow {
  nodes: PageNode[];
  links: unknown[];
  definitions: { subgraphs: Definition[] };
}

/** A workflow as `asPage` makes it, with links and nodes of known types. */
export const flowOf = (page: ReturnType<typeof asPage>): Flow =>
  structuredClone({ ...page, definitions: { subgraphs: [] } }) as unknown as Flow; // asPage leaves links unknown

/** Text to video as ComfyUI's page saves it. */
export const flow = (): Flow => flowOf(asPage(textToVideo));

export const judged = (graph: Graph) => check(active(graph).graph, models);

/** What a graph computes: one print for each card, whatever lies in which component. */
export const prints = (graph: Graph): string[] => {
  const flat = active(graph).graph;
  return Object.values(fingerprints(flat, { params: judged(graph).params, models, device: 'cpu/fp32' })).sort();
};

export const said = (remarks: readonly Remark[]): string =>
  remarks.map(({ what, says }) => `${what}: ${says}`).join('\n');

export const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/**
 * Makes a subgraph of some nodes of a flow, as ComfyUI's page does: a socket for each wire that crosses, and one for each
 * control that is to be shown outside. Returns the node that stands for it.
 */
export function pack(
  flow: Pick<Flow, 'nodes' | 'links'> & Partial<Pick<Flow, 'definitions'>>,
  about: { ids: number[]; host: number; definition: string; name: string; show?: [number, string, string?][] },
  definitions: Definition[] = flow.definitions!.subgraphs,
): PageNode {
  const { ids, host: id, definition, name, show = [] } = about;
  const isIn = (node: number) => ids.includes(node);
  const host: PageNode = { id, type: definition, mode: 0, inputs: [], outputs: [], widgets_values: [] };
  const made: Definition = {
    ...{ id: definition, name, inputNode: { id: -10 }, outputNode: { id: -20 }, inputs: [], outputs: [], links: [] },
    nodes: flow.nodes.filter((node) => isIn(node.id)),
  };
  const sockets = new Map<string, number>();
  const wire = (id: number, origin: [number, number], target: [number, number]) =>
    made.links.push({ id, origin_id: origin[0], origin_slot: origin[1], target_id: target[0], target_slot: target[1] });
  const outer: unknown[] = [];
  for (const link of flow.links as [number, number, number, number, number, string][]) {
    const [number, from, fromSlot, to, toSlot] = link;
    if (isIn(from) && isIn(to)) wire(number, [from, fromSlot], [to, toSlot]);
    else if (isIn(to)) {
      const key = `in ${from}.${fromSlot}`;
      const socket = sockets.get(key) ?? made.inputs.length;
      if (!sockets.has(key)) {
        const { name } = made.nodes.find((node) => node.id === to)!.inputs[toSlot]!;
        made.inputs.push({ name: `${name}_${socket}` });
        host.inputs.push({ name: `${name}_${socket}`, type: '*', link: 1000 * id + socket });
        outer.push([1000 * id + socket, from, fromSlot, id, socket, '*']);
        sockets.set(key, socket);
      }
      wire(number, [-10, socket], [to, toSlot]);
    } else if (isIn(from)) {
      const key = `out ${from}.${fromSlot}`;
      const socket = sockets.get(key) ?? made.outputs.length;
      if (!sockets.has(key)) {
        made.outputs.push({ name: `out_${socket}` });
        host.outputs.push({ type: '*' });
        wire(2000 * id + socket, [from, fromSlot], [-20, socket]);
        sockets.set(key, socket);
      }
      outer.push([number, id, socket, to, toSlot, '*']);
    } else outer.push(link);
  }
  for (const [node, widget, label] of show) {
    const socket = made.inputs.length;
    const shown = `${widget}_${socket}`;
    made.inputs.push({ name: shown, ...(label ? { label } : {}) });
    const inner = made.nodes.find((one) => one.id === node)!;
    // A node that stands for a subgraph has the input already.
    const at = inner.inputs.findIndex((one) => one.name === widget);
    const slot = at < 0 ? inner.inputs.length : at;
    inner.inputs[slot] = { name: widget, type: '*', widget: { name: widget }, link: 3000 * id + socket };
    wire(3000 * id + socket, [-10, socket], [node, slot]);
    host.inputs.push({ name: shown, type: '*', widget: { name: shown }, link: null });
    host.widgets_values.push(null);
  }
  flow.nodes = [...flow.nodes.filter((node) => !isIn(node.id)), host];
  flow.links = outer;
  definitions.push(made);
  return host;
}

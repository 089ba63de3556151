/** An output of another node. */
export interface Link {
  node: string;
  slot: number;
}

/** A control of a subgraph's node. */
export interface Shown {
  /** The node that stands for the subgraph, by its id in the workflow. */
  host: string;
  name: string;
}

/** A node of a workflow, whichever format it came in: inputs by name, each a link or a plain value. */
export interface ComfyNode {
  /** With the nodes that stand for the subgraphs it lies in: `12:3` is node 3 of the subgraph that node 12 stands for. */
  id: string;
  type: string;
  title?: string | undefined;
  inputs: Readonly<Record<string, unknown>>;
  /** Switched off there, by itself or with the subgraph it lies in. */
  off?: 'mute' | 'bypass' | undefined;
  /** What is typed into it beneath its wires, where the format keeps that. */
  typed?: Readonly<Record<string, unknown>>;
  /** Inputs that nodes of subgraphs show as controls of their own, innermost first. */
  shown?: Readonly<Record<string, readonly Shown[]>>;
}

interface Socket {
  name: string;
  /** The name somebody gave it. */
  label?: string | undefined;
}

/** A node that stands for a subgraph. */
export interface Host {
  id: string;
  /** The definition it stands for; undefined in the format of the API, which no longer knows. */
  definition?: string;
  name: string;
  /** What the card is called, where that is not the name of the subgraph. */
  title?: string | undefined;
  controls: readonly Socket[];
  /** What is wired to it, and what of its insides is wired on. */
  inputs: readonly (Socket & { from?: string | undefined })[];
  outputs: readonly (Socket & { from?: string | undefined })[];
}

/** Something of a workflow that is not followed: where, and why. */
export interface Fault {
  /** Id of the node. */
  at: string;
  type: string;
  title?: string | undefined;
  says: string;
  /** A subgraph to be told of, one that cannot be opened, or an input wired to nothing. */
  kind: 'off' | 'closed' | 'unwired';
}

/** Where something lies on a page of ComfyUI, and how large it is there, in its pixels. */
export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Nodes that do something, by id: insides of subgraphs beside the rest, reroutes bridged. What is switched off is bridged or gone for
 * those that are not, and there for those that are, so that it can come along switched off (`sources.ts`).
 */
export interface Workflow {
  nodes: ReadonlyMap<string, ComfyNode>;
  hosts: ReadonlyMap<string, Host>;
  /** What people wrote beside the graph, and in which subgraph. */
  remarks: readonly { text: string; home: string }[];
  faults: readonly Fault[];
  /** Where nodes lie, each on the page of the subgraph it is in; also those that stand for subgraphs. */
  places: ReadonlyMap<string, Place>;
  /** Frames with their names, each with the subgraph on whose page it is. */
  frames: readonly (Place & { title: string; home: string })[];
  /** Nodes, and subgraphs by the nodes that stand for them, that are muted or bypassed themselves. */
  off: ReadonlySet<string>;
}

export const isLink = (value: unknown): value is Link =>
  typeof value === 'object' && value !== null && 'slot' in value && 'node' in value;

/** The node that stands for the subgraph something lies in; the empty word for the workflow itself. */
export const homeOf = (id: string): string => id.slice(0, Math.max(0, id.lastIndexOf(':')));

/** The innermost subgraph that holds all of these homes. */
export const commonHome = (homes: readonly string[]): string =>
  homes.reduce((one, other) => {
    let common = one;
    while (common && common !== other && !other.startsWith(`${common}:`)) common = homeOf(common);
    return common;
  });

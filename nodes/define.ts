import type { z } from 'zod';
import type { Machine } from './machine';
import type { Fact, Facts, Kind, ModelPart, Models, Values, WireType } from './values';

/** One socket of a node. `facts` narrow what fits; `says` is the tooltip. */
export interface Port<K extends Kind = Kind> {
  kind: K;
  /** What it is called on cards, where its name does not say. */
  title?: string | undefined;
  says: string;
  facts: Facts;
  optional: boolean;
}

const make =
  <K extends Kind>(kind: K) =>
  (says: string, facts: Facts = {}): Port<K> & { optional: false } => ({ kind, says, facts, optional: false });

/** Makers of ports, one for each kind of value. */
export const port = {
  text: make('text'),
  conditioning: make('conditioning'),
  latent: make('latent'),
  pins: make('pins'),
  frames: make('frames'),
  file: make('file'),
  sigmas: make('sigmas'),
  guidance: make('guidance'),
  measures: make('measures'),
  model: (part: ModelPart, says: string) => make('model')(says, { part }),
};

/** The same port, but a graph may leave it unconnected; the node then sees `undefined`. */
export const optional = <P extends Port>(p: P): Omit<P, 'optional'> & { optional: true } => ({ ...p, optional: true });

export type Ports = Record<string, Port>;
type ValueOf<P> = P extends { kind: infer K extends Kind } ? Values[K] : never;
export type InputsOf<I extends Ports> = {
  [K in keyof I]: I[K] extends { optional: true } ? ValueOf<I[K]> | undefined : ValueOf<I[K]>;
};
export type OutputsOf<O extends Ports> = { [K in keyof O]: ValueOf<O[K]> };

/** Something the user can mend: which port or param, and a sentence that ends in a next step. A value, never thrown. */
export interface NodeProblem {
  port?: string;
  param?: string;
  says: string;
}

/** What a node can say before it runs: facts of its outputs, and problems. */
export interface Inferred<O extends Ports = Ports> {
  outputs?: { [K in keyof O]?: Facts };
  problems?: NodeProblem[];
  /** A few words for the card, such as what its settings cost. */
  note?: string | undefined;
}

export interface About<I extends Ports, P> {
  inputs: { [K in keyof I]?: WireType };
  params: P;
  models: Models;
}

/** How a param is drawn; given with zod's `.meta({...})`. Everything has a default that follows from the schema. */
export interface FieldMeta {
  title?: string;
  says?: string;
  unit?: string;
  step?: number;
  control?:
    | 'text'
    | 'words'
    | 'number'
    | 'slider'
    | 'seed'
    | 'switch'
    | 'select'
    | 'model'
    | 'asset'
    | 'size'
    | 'sigmas';
  /** Shown only under "More". */
  advanced?: boolean;
  /** Shown only while another param has one of these values. */
  when?: { param: string; is: readonly string[] };
  /** Not shown while this input is connected: it then says what the param would have said. */
  unless?: string;
  /** For `model`: which cards are offered, those of checkpoints (when absent) or those that have `lora`. */
  offers?: 'loras';
  /** For `asset`: which uploads fit, as MIME types or prefixes (`video/`), with commas between. */
  accept?: string;
  /** What a choice is called that other programs have under this name; null for names nobody knows. */
  alias?(name: string): string | null;
}

export interface NodeSpec<I extends Ports, O extends Ports, S extends z.ZodObject> {
  /** The file's name. Never changes. */
  type: string;
  /** Goes up when the meaning changes; then `migrate[old version]` turns old params into new ones. */
  version: number;
  title: string;
  /** One sentence for the palette and the docs. */
  says: string;
  inputs: I;
  outputs: O;
  params: S;
  /**
   * What a bypassed node hands on: input by output. Absent: for each output the first input of the same kind.
   */
  passes?: Readonly<Record<string, string>>;
  /** An output node: its work is wanted for its own sake. Only these make a graph run. */
  sink?: boolean;
  /** Results differ between devices, so the device enters the fingerprint. */
  computes?: boolean;
  /** Facts and problems that follow from params and the types of the inputs. Must not throw. */
  infer?(about: About<I, z.output<S>>): Inferred<O>;
  /** What stands for the params in the fingerprint (a digest in place of a name). Defaults to the params. */
  identity?(about: { params: z.output<S>; models: Models }): unknown;
  /**
   * What stands for the params in the fingerprints of nodes behind an output, where that is less than `identity`: those that
   * this output does not depend on.
   */
  outputIdentity?(about: { output: keyof O & string; params: z.output<S>; models: Models }): unknown;
  /**
   * A node that goes step by step may stop on its way and hand on what it has: after which step; null when it does not. Such a
   * result goes by the fingerprint of the whole and the step, so what a whole run keeps on its way is what this would make.
   * `identity` leaves the step out.
   */
  pausedAt?(params: z.output<S>): number | null;
  migrate?: Record<number, (params: Record<string, unknown>) => Record<string, unknown>>;
  run(job: { inputs: InputsOf<I>; params: z.output<S>; ctx: Machine }): Promise<OutputsOf<O>>;
}

/** A node whose precise port types are forgotten: what registry, checker and engine work with. */
export type AnyNode = Omit<
  NodeSpec<Ports, Ports, z.ZodObject>,
  'run' | 'infer' | 'identity' | 'outputIdentity' | 'pausedAt'
> & {
  infer?(about: About<Ports, Record<string, unknown>>): Inferred;
  identity?(about: { params: Record<string, unknown>; models: Models }): unknown;
  outputIdentity?(about: { output: string; params: Record<string, unknown>; models: Models }): unknown;
  pausedAt?(params: Record<string, unknown>): number | null;
  run(job: {
    inputs: Record<string, Values[Kind] | undefined>;
    params: Record<string, unknown>;
    ctx: Machine;
  }): Promise<Record<string, Values[Kind]>>;
};

/**
 * Declares a node. From this one object follow the card, its controls, the palette entry, the connection rules, the
 * validation of saved graphs, the fingerprint and the docs page.
 */
export function defineNode<I extends Ports, O extends Ports, S extends z.ZodObject>(spec: NodeSpec<I, O, S>): AnyNode {
  // Sound: the engine calls `run` only with inputs and params it has checked against these very ports and schema.
  return spec as unknown as AnyNode;
}

/** The first fact by which two types disagree, or null. Unknown facts agree with everything. */
export function disagreement(given: Facts, wanted: Facts): { fact: string; given: Fact; wanted: Fact } | null {
  for (const [fact, want] of Object.entries(wanted)) {
    const have = given[fact];
    if (want !== undefined && have !== undefined && have !== want) return { fact, given: have, wanted: want };
  }
  return null;
}

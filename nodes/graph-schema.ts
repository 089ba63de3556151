import { z } from 'zod';

/**
 * The graph document: what is saved, shared, run and put inside a video. Meaning (`nodes`, `wires`) is kept apart from
 * looks (`layout`), so that moving a card changes nothing that is computed.
 */
const id = z
  .string()
  .min(1)
  .max(64)
  .refine((name) => !(name in {}), 'this name is taken by JavaScript itself');

export const graphNode = z.object({
  id,
  type: z.string().min(1).max(64),
  /** The version of the node definition these params were written for. */
  version: z.int().min(1),
  params: z.record(z.string(), z.unknown()).default({}),
  title: z.string().max(200).optional(),
  /** Switched off: `mute` takes it out with all that needs it, `bypass` hands through what it would have changed. */
  off: z.enum(['mute', 'bypass']).optional(),
});

export const graphWire = z.object({
  from: z.object({ node: id, port: z.string() }),
  to: z.object({ node: id, port: z.string() }),
});

const point = z.object({ x: z.number(), y: z.number() });

export const graphLayout = z.object({
  positions: z.record(z.string(), point).default({}),
  /** Widths people gave to cards, in canvas pixels. */
  widths: z.record(z.string(), z.number()).default({}),
  /** Where cards and groups lay, in the measure of the place they were brought from: gone once they have places here. */
  near: z.record(z.string(), point).optional(),
  /** Cards drawn as their name and sockets only. */
  collapsed: z.array(id).max(5000).optional(),
  /** Cards, notes and groups that stay where they are, and are not deleted, until somebody lets go of them. */
  pinned: z.array(id).max(5000).optional(),
  /** Points a wire is led through, by `node.output>node.input`. */
  bends: z.record(z.string().max(300), z.array(point).min(1).max(50)).optional(),
  groups: z
    .array(
      z.object({
        id,
        title: z.string().max(200),
        color: z.string().max(32).optional(),
        at: point,
        size: point,
        /** Cards and groups to draw it round, in a document that says nothing of places yet. */
        holds: z.array(id).max(5000).optional(),
      }),
    )
    .default([]),
  notes: z.array(z.object({ id, text: z.string().max(20_000), at: point, size: point })).default([]),
});

/** A repository of a hub, `owner/name`. */
export const hubName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/);

/** Where a model that the graph names was downloaded from, so that a place without it knows where to ask. */
const modelSource = z.object({
  model: z.string().min(1).max(200),
  hub: hubName,
  revision: z.string().regex(/^[0-9a-f]{40}$/),
});

/** A name of a socket or control of a component: what wires and params outside say. */
const memberName = z
  .string()
  .regex(/^[A-Za-z][\w-]{0,63}$/)
  .refine((name) => !(name in {}), 'this name is taken by JavaScript itself');
const end = z.object({ node: id, port: z.string().max(64) });
const title = z.string().max(200).optional();

/**
 * A piece of a graph under a name, as it is kept inside the documents that use it. Nodes of type `component:<key>` stand
 * for it; `key` is the digest of what it means (`component.ts`), so that a graph goes on with exactly what it was made with.
 */
export const component = z.object({
  key: z.string().regex(/^[\w-]{1,54}$/),
  /** The same for all versions. */
  id: z.string().regex(/^[\w-]{1,64}$/),
  version: z.int().min(1),
  name: z.string().max(200),
  says: z.string().max(1000).optional(),
  nodes: z.array(graphNode).max(5000),
  wires: z.array(graphWire).max(20_000),
  layout: graphLayout.default({ positions: {}, widths: {}, groups: [], notes: [] }),
  /** One socket outside, one or more inside. */
  inputs: z.array(z.object({ name: memberName, title, to: z.array(end).min(1).max(500) })).max(200),
  outputs: z.array(z.object({ name: memberName, title, from: end })).max(200),
  /** Controls inside that its card shows. What is set there counts for that card alone. */
  params: z.array(z.object({ name: memberName, title, node: id, param: z.string().max(64) })).max(200),
});

/** The graph as a simple page: which controls it shows, in which order, under which words. */
export const graphForm = z.object({
  fields: z
    .array(z.object({ node: id, param: z.string().max(64), title, group: z.string().max(80).optional() }))
    .max(200),
});

export const graphSchema = z.object({
  format: z.literal('skein-graph'),
  /** 2 where there are components or a form, which a Skein that knows only 1 would lose; else still 1. */
  version: z.union([z.literal(1), z.literal(2)]),
  name: z.string().max(200).default('Untitled'),
  about: z.string().max(5000).optional(),
  /** Words to find it by, as `tidyTags` leaves them. */
  tags: z.array(z.string().min(1).max(40)).max(20).optional(),
  nodes: z.array(graphNode).max(5000),
  wires: z.array(graphWire).max(20_000),
  layout: graphLayout.default({ positions: {}, widths: {}, groups: [], notes: [] }),
  sources: z.array(modelSource).max(500).optional(),
  components: z.array(component).max(500).optional(),
  form: graphForm.optional(),
});

export type Graph = z.output<typeof graphSchema>;
export type GraphNode = z.output<typeof graphNode>;
export type GraphWire = z.output<typeof graphWire>;
export type GraphLayout = z.output<typeof graphLayout>;
export type Component = z.output<typeof component>;
export type GraphForm = z.output<typeof graphForm>;

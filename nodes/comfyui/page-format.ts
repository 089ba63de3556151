import { z } from 'zod';

/** How ComfyUI's page saves a workflow: nodes with numbered links, and definitions of subgraphs beside them. */
const id = z.union([z.string().max(200), z.number()]).transform(String);

const slot = z.object({
  name: z.string().default(''),
  label: z.string().nullish(),
  type: z.unknown().optional(),
  link: id.nullish(),
  widget: z.object({ name: z.string() }).nullish(),
});

/** As far as anybody's page goes, in its pixels. */
const far = z.number().min(-1e6).max(1e6);
const pair = z.union([z.tuple([far, far], z.unknown()), z.object({ 0: far, 1: far })]);
/** A place or size in the page's pixels; anything else is none, and does no harm. */
const point = pair
  .transform((two) => ({ x: two[0], y: two[1] }))
  .optional()
  .catch(undefined);

/** A frame drawn on the page: where its corner is, and how large it is. */
const frame = z
  .object({ title: z.string().default(''), bounding: z.tuple([far, far, far, far]) })
  .transform(({ title, bounding: [x, y, width, height] }) => ({ title, x, y, width, height }));
const frames = z
  .array(frame.nullable().catch(null))
  .max(1000)
  .transform((all) => all.filter((one) => one !== null))
  .catch([]);

/** Which values inside a subgraph its node shows: [node, value]; older pages write the list as text, some add a third word. */
const proxies = z.preprocess(
  (value) => {
    try {
      return typeof value === 'string' ? JSON.parse(value) : value;
    } catch {
      return undefined;
    }
  },
  z
    .array(z.tuple([id, z.string()], z.unknown()))
    .optional()
    .catch(undefined),
);

const uiNode = z.object({
  id,
  type: z.string(),
  title: z.string().optional(),
  /** 0 runs, 2 is muted, 4 is bypassed. */
  mode: z.number().default(0),
  inputs: z.array(slot).default([]),
  outputs: z.array(z.object({ type: z.unknown().optional() })).default([]),
  widgets_values: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).nullish(),
  properties: z.object({ proxyWidgets: proxies }).nullish(),
  pos: point,
  size: point,
});

const uiLink = z.union([
  z
    .tuple([id, id, z.number(), id, z.number()], z.unknown())
    .transform(([number, from, fromSlot, to, toSlot]) => ({ number, from, fromSlot, to, toSlot })),
  z
    .object({ id, origin_id: id, origin_slot: z.number(), target_id: id, target_slot: z.number() })
    .transform((link) => ({
      number: link.id,
      from: link.origin_id,
      fromSlot: link.origin_slot,
      to: link.target_id,
      toSlot: link.target_slot,
    })),
]);

const level = z.object({
  nodes: z.array(uiNode).max(5000),
  links: z.array(uiLink).max(20_000).default([]),
  groups: frames.default([]),
});
const socket = z.object({ name: z.string(), label: z.string().nullish(), type: z.unknown().optional() });

const subgraph = level.extend({
  id: z.string(),
  name: z.string().default(''),
  inputs: z.array(socket).default([]),
  outputs: z.array(socket).default([]),
  inputNode: z.object({ id }).default({ id: '-10' }),
  outputNode: z.object({ id }).default({ id: '-20' }),
});

export const pageFormat = level.extend({
  definitions: z.object({ subgraphs: z.array(subgraph).default([]) }).optional(),
});

export type PageDocument = z.output<typeof pageFormat>;
export type Level = z.output<typeof level>;
export type UiNode = z.output<typeof uiNode>;
export type UiLink = z.output<typeof uiLink>;
export type Subgraph = z.output<typeof subgraph>;

/** The values typed into a node, where they are stored without names. */
export const listOf = (node: UiNode): readonly unknown[] =>
  Array.isArray(node.widgets_values) ? node.widgets_values : [];

/** A type that names the definition of a subgraph, whether or not that is in the file. */
export const namesSubgraph = (type: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(type);

import { z } from 'zod';
import { widgetNames, withoutSeedControl } from './widgets';

/** An output of another node. */
export interface Link {
  node: string;
  slot: number;
}

/** A node of a workflow, whichever format it came in: inputs by name, each a link or a plain value. */
export interface ComfyNode {
  id: string;
  type: string;
  title?: string;
  inputs: Readonly<Record<string, unknown>>;
}

/** Nodes that do something, by id: groups of nodes taken apart, muted ones gone, bypassed ones and reroutes bridged. */
export interface Workflow {
  nodes: ReadonlyMap<string, ComfyNode>;
  /** What people wrote beside the graph. */
  remarks: readonly string[];
}

export const isLink = (value: unknown): value is Link =>
  typeof value === 'object' && value !== null && 'slot' in value && 'node' in value;

const id = z.union([z.string().max(200), z.number()]).transform(String);
const plainLink = z.tuple([id, z.int().min(0)]);
const apiFormat = z.record(
  z.string(),
  z.object({
    class_type: z.string(),
    inputs: z.record(z.string(), z.unknown()).default({}),
    _meta: z.object({ title: z.string().optional() }).optional(),
  }),
);

const slot = z.object({
  name: z.string().default(''),
  type: z.unknown(),
  link: z.number().nullish(),
  widget: z.object({ name: z.string() }).nullish(),
});
const uiNode = z.object({
  id,
  type: z.string(),
  title: z.string().optional(),
  /** 0 runs, 2 is muted, 4 is bypassed. */
  mode: z.number().default(0),
  inputs: z.array(slot).default([]),
  outputs: z.array(z.object({ type: z.unknown() })).default([]),
  widgets_values: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).nullish(),
  properties: z.object({ proxyWidgets: z.array(z.tuple([id, z.string()])).optional() }).nullish(),
});
const uiLink = z.union([
  z
    .tuple([z.number(), id, z.number(), id, z.number()], z.unknown())
    .transform(([number, from, fromSlot, to, toSlot]) => ({ number, from, fromSlot, to, toSlot })),
  z
    .object({ id: z.number(), origin_id: id, origin_slot: z.number(), target_id: id, target_slot: z.number() })
    .transform((link) => ({
      number: link.id,
      from: link.origin_id,
      fromSlot: link.origin_slot,
      to: link.target_id,
      toSlot: link.target_slot,
    })),
]);
const level = z.object({ nodes: z.array(uiNode).max(5000), links: z.array(uiLink).max(20_000).default([]) });
const subgraph = level.extend({
  id: z.string(),
  inputs: z.array(z.object({ name: z.string() })).default([]),
  inputNode: z.object({ id }).default({ id: '-10' }),
  outputNode: z.object({ id }).default({ id: '-20' }),
});
const uiFormat = level.extend({
  definitions: z.object({ subgraphs: z.array(subgraph).default([]) }).optional(),
});

type UiNode = z.output<typeof uiNode>;
type Subgraph = z.output<typeof subgraph>;
type UiLink = z.output<typeof uiLink>;

/** Deepest nesting of groups within groups, and longest way through reroutes, that is followed. */
const deepest = 100;

/** Whether parsed JSON looks like a workflow of ComfyUI, in the format of its API or of its page. */
export function isWorkflow(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if ('format' in value) return false;
  if ('nodes' in value && Array.isArray(value.nodes) && 'links' in value) return true;
  const nodes = Object.values('prompt' in value && typeof value.prompt === 'object' ? (value.prompt ?? {}) : value);
  return nodes.length > 0 && nodes.every((node) => typeof node === 'object' && node !== null && 'class_type' in node);
}

/** Reads either format. Null when it is neither, or damaged. */
export function readWorkflow(value: unknown): Workflow | null {
  if (typeof value !== 'object' || value === null) return null;
  const api = apiFormat.safeParse('prompt' in value ? value.prompt : value);
  if (api.success) return fromApi(api.data);
  const ui = uiFormat.safeParse(value);
  return ui.success ? fromUi(ui.data) : null;
}

function fromApi(nodes: z.output<typeof apiFormat>): Workflow {
  const read = Object.entries(nodes).map(([id, node]): [string, ComfyNode] => {
    const inputs = Object.entries(node.inputs).map(([name, value]) => {
      const link = plainLink.safeParse(value);
      return [name, link.success ? ({ node: link.data[0], slot: link.data[1] } satisfies Link) : value];
    });
    return [id, { id, type: node.class_type, title: node._meta?.title, inputs: Object.fromEntries(inputs) }];
  });
  return { nodes: new Map(read), remarks: [] };
}

/** One sheet of nodes: the workflow itself, or a group of nodes somewhere in it. */
interface Sheet {
  prefix: string;
  nodes: ReadonlyMap<string, UiNode>;
  links: ReadonlyMap<number, UiLink>;
  inner: ReadonlyMap<string, Sheet>;
  /** Set for a group of nodes: the sheet it lies on, the node that stands for it there, and its definition. */
  outer?: { sheet: Sheet; node: UiNode; definition: Subgraph };
}

function fromUi(document: z.output<typeof uiFormat>): Workflow {
  const definitions = new Map(document.definitions?.subgraphs.map((one) => [one.id, one]));
  const nodes = new Map<string, ComfyNode>();
  const remarks: string[] = [];
  const walk = (sheet: Sheet): void => {
    for (const node of sheet.nodes.values()) {
      const inner = sheet.inner.get(node.id);
      if (inner) walk(inner);
      else if (/^(Markdown)?Note$/.test(node.type)) remarks.push(String(listOf(node)[0] ?? ''));
      else if (node.mode === 0 && !/^(Reroute|PrimitiveNode)$/.test(node.type)) {
        const id = sheet.prefix + node.id;
        nodes.set(id, { id, type: node.type, title: node.title, inputs: inputsOf(sheet, node) });
      }
    }
  };
  walk(sheetOf({ prefix: '', content: document, definitions, depth: 0 }));
  return { nodes, remarks: remarks.filter((words) => words.trim() !== '') };
}

interface Making {
  prefix: string;
  content: z.output<typeof level>;
  definitions: ReadonlyMap<string, Subgraph>;
  depth: number;
  outer?: Sheet['outer'];
}

function sheetOf({ prefix, content, definitions, depth, outer }: Making): Sheet {
  const inner = new Map<string, Sheet>();
  const sheet: Sheet = {
    prefix,
    nodes: new Map(content.nodes.map((node) => [node.id, node])),
    links: new Map(content.links.map((link) => [link.number, link])),
    inner,
    ...(outer ? { outer } : {}),
  };
  for (const node of content.nodes) {
    const definition = definitions.get(node.type);
    if (!definition || depth >= deepest || node.mode !== 0) continue;
    const below = { prefix: `${prefix}${node.id}:`, content: definition, definitions, depth: depth + 1 };
    inner.set(node.id, sheetOf({ ...below, outer: { sheet, node, definition } }));
  }
  return sheet;
}

const listOf = (node: UiNode): readonly unknown[] => (Array.isArray(node.widgets_values) ? node.widgets_values : []);

/** Inputs by name: what was typed into the node, what the group round it shows of it, and on top of that the wires. */
function inputsOf(sheet: Sheet, node: UiNode): Record<string, unknown> {
  const inputs: Record<string, unknown> = { ...typedIn(node), ...promoted(sheet, node) };
  for (const { name, link } of node.inputs) {
    const value = link == null ? undefined : source(sheet, link, 0);
    if (value !== undefined) inputs[name] = value;
  }
  return inputs;
}

/** Values typed into a node. They are stored without names, in the order of its definition. */
function typedIn(node: UiNode): Record<string, unknown> {
  const values = node.widgets_values;
  if (values && !Array.isArray(values)) return values;
  const shown = node.inputs.flatMap(({ widget }) => widget?.name ?? []);
  const names = widgetNames[node.type] ?? shown;
  const given = withoutSeedControl(names, listOf(node));
  return Object.fromEntries(names.flatMap((name, index) => (index < given.length ? [[name, given[index]]] : [])));
}

/** Values that the node standing for a group shows on behalf of a node inside. */
function promoted({ outer }: Sheet, node: UiNode): Record<string, unknown> {
  const shown = outer?.node.properties?.proxyWidgets ?? [];
  const values = outer ? listOf(outer.node) : [];
  return Object.fromEntries(
    shown.flatMap(([id, name], index) => (id === node.id && index < values.length ? [[name, values[index]]] : [])),
  );
}

/** What comes out of a link: a node's output, a plain value, or nothing. */
function source(sheet: Sheet, number: number, steps: number): unknown {
  const link = sheet.links.get(number);
  if (!link || steps > deepest) return undefined;
  const { outer } = sheet;
  if (outer && link.from === outer.definition.inputNode.id) return fromOutside(outer, link.fromSlot, steps);
  const node = sheet.nodes.get(link.from);
  if (!node || node.mode === 2) return undefined;
  const inner = sheet.inner.get(node.id);
  if (inner) {
    const end = inner.outer!.definition.outputNode.id; // every inner sheet has an outer one
    const last = [...inner.links.values()].find(({ to, toSlot }) => to === end && toSlot === link.fromSlot);
    return last && source(inner, last.number, steps + 1);
  }
  if (node.type === 'PrimitiveNode') return listOf(node)[0];
  if (node.type === 'Reroute' || node.mode === 4) {
    const through = bridge(node, link.fromSlot)?.link;
    return through == null ? undefined : source(sheet, through, steps + 1);
  }
  return { node: sheet.prefix + node.id, slot: link.fromSlot } satisfies Link;
}

/** The input that a reroute or bypassed node hands on: the one in the same place if it is of the same type, else the first that is. */
function bridge(node: UiNode, output: number) {
  if (node.type === 'Reroute') return node.inputs[0];
  const type = node.outputs[output]?.type;
  const same = node.inputs[output];
  return same?.type === type ? same : node.inputs.find((input) => input.type === type);
}

/** An input of a group: what is wired to the node that stands for it, or what was typed there. */
function fromOutside({ sheet, node, definition }: NonNullable<Sheet['outer']>, index: number, steps: number): unknown {
  const name = definition.inputs[index]?.name;
  const input = node.inputs.find((one) => one.name === name) ?? node.inputs[index];
  if (input?.link != null) return source(sheet, input.link, steps + 1);
  const shown: readonly (readonly [string, string])[] =
    node.properties?.proxyWidgets ??
    node.inputs.flatMap(({ widget }) => (widget ? [['-1', widget.name] as const] : []));
  const at = shown.findIndex(([id, widget]) => id === '-1' && widget === name);
  return at < 0 ? undefined : listOf(node)[at];
}

import { type Level, listOf, type Subgraph, type UiLink, type UiNode } from './page-format';
import { widgetNames, withoutSeedControl } from './widgets';
import { type ComfyNode, type Fault, isLink, type Link, type Shown } from './workflow';

/** One sheet of nodes: the workflow itself, or the inside of a subgraph where it is used. */
export interface Sheet {
  /** The node that stands for it, with all it lies in; the empty word for the workflow itself. */
  id: string;
  nodes: ReadonlyMap<string, UiNode>;
  links: ReadonlyMap<string, UiLink>;
  frames: Level['groups'];
  /** Subgraphs used on it, by the node that stands for each. */
  inner: ReadonlyMap<string, Sheet>;
  outer?: Outer;
  faults: Fault[];
}

/** The sheet a subgraph lies on, the node that stands for it there, and its definition. */
export interface Outer {
  sheet: Sheet;
  node: UiNode;
  definition: Subgraph;
}

/** What an input gets: a link or a value, or undefined for what is typed there; and which subgraphs show it as a control. */
interface Source {
  value: unknown;
  shown: readonly Shown[];
}

/** A control of the node that stands for a subgraph: it belongs to a socket of it, or directly to a node inside. */
interface Control {
  name: string;
  label?: string | undefined;
  value: unknown;
  target?: { node: string; widget: string };
}

/** Longest way through reroutes and subgraphs that is followed. */
const longest = 1000;

export const idOn = (sheet: Sheet, id: string): string => (sheet.id ? `${sheet.id}:${id}` : id);

/** Says that an input is wired to what is not in the file. */
export const wiredToNothing = (about: {
  id: string;
  type: string;
  title?: string | undefined;
  name: string;
  from: string;
  isTyped?: boolean;
}): Fault => ({
  at: about.id,
  type: about.type,
  title: about.title,
  kind: 'unwired',
  says: `Its input “${about.name}” is wired to ${about.from}, which the file does not hold: ${about.isTyped ? 'what is typed there stands.' : 'it was left unwired. Wire it here, or mend it in ComfyUI.'}`,
});

/** A node's inputs by name: what was typed into it, what subgraphs round it show of it, and on top of that the wires. */
export function inputsOf(sheet: Sheet, node: UiNode): Pick<ComfyNode, 'inputs' | 'typed' | 'shown'> {
  const typed = typedIn(node);
  const inputs = { ...typed };
  const shown: Record<string, readonly Shown[]> = {};
  const take = (name: string, { value, shown: by }: Source) => {
    if (by.length) shown[name] = by;
    // A control that was never touched is saved as null: what is typed inside counts.
    if (value !== undefined && value !== null) inputs[name] = value;
  };
  const { outer } = sheet;
  for (const { name, target, value } of outer ? controlsOf(outer) : [])
    if (outer && target?.node === node.id)
      take(target.widget, withOuter(outer, { name, widget: target.widget, value }));
  for (const { name, link } of node.inputs) {
    const evenOff = switchOf(sheet, node) !== undefined;
    const found = link == null ? undefined : source(sheet, link, { node, name, evenOff });
    if (found) take(name, found);
  }
  return { inputs, typed, ...(Object.keys(shown).length ? { shown } : {}) };
}

/** Values typed into a node. They are stored without names, in the order of its definition. */
function typedIn(node: UiNode): Record<string, unknown> {
  const values = node.widgets_values;
  if (values && !Array.isArray(values)) return { ...values };
  const shown = node.inputs.flatMap(({ widget }) => widget?.name ?? []);
  const names = Object.hasOwn(widgetNames, node.type) ? widgetNames[node.type]! : shown;
  const given = withoutSeedControl(names, listOf(node));
  return Object.fromEntries(names.flatMap((name, index) => (index < given.length ? [[name, given[index]]] : [])));
}

const known = new WeakMap<Outer, readonly Control[]>();

/** The controls of the node that stands for a subgraph, in the order it shows them. */
export function controlsOf(outer: Outer): readonly Control[] {
  const controls = known.get(outer) ?? readControls(outer);
  known.set(outer, controls);
  return controls;
}

function readControls({ node, definition }: Outer): Control[] {
  const values = listOf(node);
  const label = (name: string) =>
    (definition.inputs.find((one) => one.name === name) ?? node.inputs.find((one) => one.name === name))?.label ??
    undefined;
  const proxies = node.properties?.proxyWidgets;
  const controls = proxies?.length
    ? proxies.map(([id, widget], index): Control => {
        const socket = id === '-1' ? widget : socketOf(definition, id, widget);
        const about = { name: socket ?? `${id}.${widget}`, label: socket && label(socket), value: values[index] };
        return socket === undefined ? { ...about, target: { node: id, widget } } : about;
      })
    : socketsWithControl(node, definition).map((name, index) => ({ name, label: label(name), value: values[index] }));
  return controls.filter(({ name }) => !/(^|\.)(control_after_generate|\$\$.*)$/.test(name));
}

/** The socket that feeds an input of a node inside. */
function socketOf(definition: Subgraph, node: string, input: string): string | undefined {
  const link = definition.nodes.find(({ id }) => id === node)?.inputs.find(({ name }) => name === input)?.link;
  const wire = link == null ? undefined : definition.links.find(({ number }) => number === link);
  return wire?.from === definition.inputNode.id ? definition.inputs[wire.fromSlot]?.name : undefined;
}

/** Sockets that have a field on the node: those that lead to one. */
function socketsWithControl(node: UiNode, definition: Subgraph): string[] {
  const inner = new Map(definition.nodes.map((one) => [one.id, one]));
  const led = new Set(
    definition.links
      .filter(({ from, to, toSlot }) => from === definition.inputNode.id && inner.get(to)?.inputs[toSlot]?.widget)
      .map(({ fromSlot }) => fromSlot),
  );
  const has = (name: string) => node.inputs.some((one) => one.name === name && one.widget);
  return definition.inputs.flatMap(({ name }, slot) => (led.has(slot) || has(name) ? [name] : []));
}

/** A control, with what subgraphs further out make of it. */
function withOuter(outer: Outer, { name, widget, value }: { name: string; widget: string; value: unknown }): Source {
  const { sheet, node } = outer;
  const further = (sheet.outer ? controlsOf(sheet.outer) : []).find(
    ({ target }) => target?.node === node.id && (target.widget === name || target.widget === widget),
  );
  const found =
    further && sheet.outer && withOuter(sheet.outer, { name: further.name, widget, value: further.value ?? value });
  return {
    value: found?.value ?? value,
    shown: [{ host: idOn(sheet, node.id), name }, ...(found?.shown ?? [])],
  };
}

/** How far one has come on the way back along a wire, and whether what is switched off is met as if it were not. */
interface Way {
  steps?: number;
  evenOff?: boolean;
}

/** What comes out of a link. `to`: the input it leads to. */
export function source(sheet: Sheet, number: string, to: Way & { node: UiNode; name: string }): Source | undefined {
  const { steps = 0, evenOff = false } = to;
  const further = { steps: steps + 1, evenOff };
  const link = sheet.links.get(number);
  if (steps > longest) return undefined;
  const lost = (from: string) => {
    const { node, name } = to;
    const isTyped = node.inputs.some((one) => one.name === name && one.widget);
    const about = { id: idOn(sheet, node.id), type: node.type, title: node.title };
    const fault = wiredToNothing({ ...about, name, from, isTyped });
    if (!sheet.faults.some(({ at, says }) => at === fault.at && says === fault.says)) sheet.faults.push(fault);
    return undefined;
  };
  if (!link) return lost(`link ${number}`);
  const { outer } = sheet;
  if (outer && link.from === outer.definition.inputNode.id)
    return link.fromSlot in outer.definition.inputs
      ? fromOutside(outer, link.fromSlot, further)
      : lost(`socket ${link.fromSlot + 1} of the subgraph`);
  const node = sheet.nodes.get(link.from);
  if (!node) return lost(`node ${link.from}`);
  const inner = sheet.inner.get(node.id);
  const isOff = node.mode !== 0 && !evenOff;
  if (isOff && !staysThere(node, inner)) {
    const through = node.mode === 4 ? bridge(node, link.fromSlot)?.link : null;
    return through == null ? undefined : source(sheet, through, { ...to, ...further });
  }
  const known = inner?.outer?.definition.outputs.length ?? node.outputs.length;
  if (known && link.fromSlot >= known) return lost(`output ${link.fromSlot + 1} of node ${link.from}`);
  if (inner) return fromInside(inner, link.fromSlot, further);
  if (node.type === 'PrimitiveNode') return { value: listOf(node)[0], shown: [] };
  if (node.type === 'GetNode') return fromNamed(sheet, listOf(node)[0], further);
  if (isPassage(node.type)) {
    const through = bridge(node, link.fromSlot)?.link;
    return through == null ? undefined : source(sheet, through, { ...to, ...further });
  }
  return { value: { node: idOn(sheet, node.id), slot: link.fromSlot } satisfies Link, shown: [] };
}

/** Nodes that only lead a wire: they have no place of their own in a graph. */
export const isPassage = (type: string): boolean => /^(Reroute\b.*|SetNode)$/.test(type);

/** How a node is switched off, by itself or with the subgraphs it lies in; undefined when it is on. */
export function switchOf(sheet: Sheet, { mode }: UiNode): 'mute' | 'bypass' | undefined {
  if (mode !== 0) return mode === 4 ? 'bypass' : 'mute';
  return sheet.outer && switchOf(sheet.outer.sheet, sheet.outer.node);
}

/** Nodes that change a network and hand it on: bypassed, they are cards that hand it on unchanged. */
export const isLora = (type: string): boolean => /^LoraLoader(ModelOnly)?$/.test(type);
/** Nodes that are one card here, which can be switched off as they are there. */
const whole = /^(KSampler(Advanced)?|SamplerCustom(Advanced)?|LoadImage|LoadVideo|VHS_LoadVideo)$/;

/**
 * Whether what is switched off is met by what is not: it becomes a card that is off, which means the same. A bypassed one is bridged
 * where it takes what it gives, but for LoRAs, whose card hands on the model.
 */
function staysThere(node: UiNode, inner: Sheet | undefined): boolean {
  const nodes = inner ? [...inner.nodes.values()] : [node];
  if (nodes.every(({ type }) => isLora(type))) return true;
  if (node.mode === 4 && (inner || node.inputs.some(({ link }) => link != null))) return false;
  return nodes.some(({ type }) => whole.test(type));
}

/** The input that a reroute or bypassed node hands on: the one in the same place if it is of the same type, else the first that is. */
function bridge(node: UiNode, output: number) {
  if (isPassage(node.type)) return node.inputs[0];
  const type = node.outputs[output]?.type;
  const same = node.inputs[output];
  return same?.type === type ? same : node.inputs.find((input) => input.type === type);
}

/** An input of a subgraph: what is wired to the node that stands for it, or what was typed there. */
function fromOutside(outer: Outer, slot: number, way: Way): Source | undefined {
  const { sheet, node, definition } = outer;
  const { name } = definition.inputs[slot]!; // the caller has looked
  const isComplete = node.inputs.length === definition.inputs.length;
  const input = node.inputs.find((one) => one.name === name) ?? (isComplete ? node.inputs[slot] : undefined);
  if (input?.link != null) {
    const found = source(sheet, input.link, { node, name, ...way });
    return found && { value: found.value, shown: [{ host: idOn(sheet, node.id), name }, ...found.shown] };
  }
  const control = controlsOf(outer).find((one) => one.name === name);
  return control && withOuter(outer, { name, widget: name, value: control.value });
}

/** An output of a subgraph: what is wired to it inside. */
export function fromInside(inner: Sheet, slot: number, way: Way): Source | undefined {
  const { node, definition } = inner.outer!; // every inner sheet has an outer one
  const last = [...inner.links.values()].find(({ to, toSlot }) => to === definition.outputNode.id && toSlot === slot);
  const name = definition.outputs[slot]?.name ?? String(slot);
  return last && source(inner, last.number, { node, name, ...way });
}

/** What a wire without a line hands on: `GetNode` gives what the `SetNode` of the same name takes, here or further out. */
function fromNamed(sheet: Sheet, name: unknown, way: Way): Source | undefined {
  const node = [...sheet.nodes.values()].find((one) => one.type === 'SetNode' && listOf(one)[0] === name);
  if (!node) return sheet.outer && fromNamed(sheet.outer.sheet, name, way);
  const link = node.inputs[0]?.link;
  return link == null || node.mode === 2 ? undefined : source(sheet, link, { node, name: String(name), ...way });
}

/** The node a source leads to; undefined for values. */
export const nodeOf = (found: Source | undefined): string | undefined =>
  isLink(found?.value) ? found.value.node : undefined;

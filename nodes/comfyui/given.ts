import { workOut } from './arithmetic';
import { type ComfyNode, homeOf, isLink, type Shown, type Workflow } from './workflow';

/** A value of a workflow, with the controls of subgraphs that show it and the subgraph it was typed in. */
export class Given {
  constructor(
    readonly value: unknown,
    readonly shown: readonly Shown[],
    readonly home: string,
  ) {}

  /** The same value in other words, such as a file's name without its ending. */
  as(translate: (value: unknown) => unknown): Given {
    return new Given(translate(this.value), this.shown, this.home);
  }
}

export const plainOf = (value: unknown): unknown => (value instanceof Given ? value.value : value);

type Nodes = Workflow['nodes'];

/** Nodes that hold a value and do nothing else. */
const isPlain = (type: string) => /^(Primitive|Int|Float|String|INTConstant|easy (int|float|string)$)/.test(type);
const isArithmetic = (type: string) => type === 'ComfyMathExpression' || type === 'SimpleMath+';

/**
 * The value an input has, typed in or given by nodes that only hold, choose or work out values; those go to `passed`.
 * Undefined where another node computes it.
 */
export function givenAt(
  nodes: Nodes,
  node: ComfyNode,
  name: string,
  passed: (node: ComfyNode) => void,
): Given | undefined {
  const value = node.inputs[name];
  const shown = node.shown?.[name] ?? [];
  if (!isLink(value)) return new Given(value, shown, homeOf(node.id));
  const from = nodes.get(value.node);
  if (!from) return new Given(undefined, shown, homeOf(node.id));
  const found = givenBy(nodes, from, value.slot, passed);
  if (found) passed(from);
  return found && new Given(found.value, [...shown, ...found.shown], found.home);
}

function givenBy(nodes: Nodes, node: ComfyNode, slot: number, passed: (node: ComfyNode) => void): Given | undefined {
  if (isPlain(node.type)) {
    const name = 'value' in node.inputs ? 'value' : Object.keys(node.inputs)[0];
    return name === undefined ? undefined : givenAt(nodes, node, name, passed);
  }
  if (node.type === 'ComfySwitchNode') {
    const way = wayThrough(nodes, node, passed);
    return way === undefined ? undefined : givenAt(nodes, node, way, passed);
  }
  return isArithmetic(node.type) ? computed(nodes, node, slot, passed) : undefined;
}

/** The input that a switch hands on; undefined when it is not known which. */
function wayThrough(nodes: Nodes, node: ComfyNode, passed: (node: ComfyNode) => void): string | undefined {
  const on = givenAt(nodes, node, 'switch', passed)?.value;
  return typeof on === 'boolean' ? (on ? 'on_true' : 'on_false') : undefined;
}

function computed(nodes: Nodes, node: ComfyNode, slot: number, passed: (node: ComfyNode) => void): Given | undefined {
  const names: Record<string, number> = {};
  for (const name of Object.keys(node.inputs)) {
    const value = givenAt(nodes, node, name, passed)?.value;
    if (typeof value === 'number' || typeof value === 'boolean') names[name.replace(/^values\./, '')] = Number(value);
  }
  const isSimple = node.type === 'SimpleMath+';
  const value = workOut(String(node.inputs[isSimple ? 'value' : 'expression'] ?? ''), names);
  if (value === undefined) return undefined;
  const asInt = isSimple ? Math.round : Math.trunc;
  const isWhole = slot === (isSimple ? 0 : 1);
  return new Given(isWhole ? asInt(value) : slot === 2 ? value !== 0 : value, [], homeOf(node.id));
}

/** The workflow with every wire through a switch led to where it comes from, as the switch stands. */
export function settled(workflow: Workflow): Workflow {
  const { nodes } = workflow;
  const follow = (value: unknown): unknown => {
    let from = value;
    while (isLink(from)) {
      const node = nodes.get(from.node);
      const way = node?.type === 'ComfySwitchNode' ? wayThrough(nodes, node, () => undefined) : undefined;
      if (!node || !way) return from;
      from = node.inputs[way];
    }
    return from;
  };
  if (![...nodes.values()].some(({ type }) => type === 'ComfySwitchNode')) return workflow;
  const settle = (node: ComfyNode): ComfyNode => {
    // A value that a switch chooses is read through it, so that it is known who shows it.
    const inputs = Object.entries(node.inputs).map(([name, value]) => {
      const end = follow(value);
      return [name, isLink(end) ? end : value];
    });
    return { ...node, inputs: Object.fromEntries(inputs) };
  };
  return { ...workflow, nodes: new Map([...nodes].map(([id, node]) => [id, settle(node)])) };
}

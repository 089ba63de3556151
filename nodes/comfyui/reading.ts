import { widgetNames } from './widgets';
import { type ComfyNode, isLink, type Workflow } from './workflow';

/** Something of the workflow that has no place in the graph, or has it in another form. */
export interface Remark {
  /** The node's title or type in ComfyUI. */
  what: string;
  says: string;
}

/** Nodes that change speed, not results: left out without a word. */
export const onlyFaster = /^(TorchCompile|PathchSageAttention|PatchModelPatcherOrder|CLIPSetLastLayer|ModelPatch)/;

/** A workflow being read: follows links, and keeps in mind what was brought over and what has to be said. */
export class Reading {
  readonly remarks: Remark[] = [];
  readonly #used = new Set<string>();

  constructor(readonly workflow: Workflow) {}

  /** A value typed in, or given by a node that does nothing else. */
  value(value: unknown): unknown {
    if (!isLink(value)) return value;
    const node = this.node(value);
    if (node && /^(Primitive|Int|Float|String)/.test(node.type))
      return this.value(node.inputs['value'] ?? Object.values(node.inputs)[0]);
    if (node) this.remark(node, 'A value that it computes could not be brought over: set it by hand.');
    return undefined;
  }

  /** The node behind a link; it then counts as brought over. */
  node(from: unknown): ComfyNode | undefined {
    const node = isLink(from) ? this.workflow.nodes.get(from.node) : undefined;
    if (node) this.take(node);
    return node;
  }

  /** Says that a node was brought over. */
  take(node: ComfyNode): void {
    this.#used.add(node.id);
  }

  remark(node: ComfyNode, says: string): void {
    const what = node.title && node.title !== node.type ? `${node.title} (${node.type})` : node.type;
    if (!this.remarks.some((one) => one.what === what && one.says === says)) this.remarks.push({ what, says });
    this.take(node);
  }

  /** Says of all nodes that Skein has no word for and nothing asked for that they were left out. */
  remarkUnused(): void {
    for (const node of this.workflow.nodes.values())
      if (!this.#used.has(node.id) && !onlyFaster.test(node.type) && !Object.hasOwn(widgetNames, node.type))
        this.remark(node, 'Skein has no such node: it was left out.');
  }
}

export const whole = (value: unknown): number | undefined =>
  typeof value === 'number' ? Math.round(value) : undefined;
/** A file name without folders and ending. */
export const stem = (file: string) =>
  file.replace(/^.*[\\/]/, '').replace(/\.(safetensors|gguf|sft|pt|pth|ckpt)$/i, '');
export const nameOf = (prefix: unknown) => (typeof prefix === 'string' ? stem(prefix) || undefined : undefined);

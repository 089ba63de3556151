import { Given, givenAt, settled } from './given';
import { widgetNames } from './widgets';
import { type ComfyNode, homeOf, isLink, type Workflow } from './workflow';

/** Something of the workflow that has no place in the graph, or has it in another form. */
export interface Remark {
  /** The node's title or type in ComfyUI, behind the subgraphs it lies in: `Two passes > KSampler`. */
  what: string;
  says: string;
  /** Set where something is missing, rather than different. */
  isLost?: true;
}

/** Nodes that change speed, not results: left out without a word. */
export const onlyFaster = /^(TorchCompile|PathchSageAttention|PatchModelPatcherOrder|CLIPSetLastLayer|ModelPatch)/;
/** Nodes that only show or tidy something on ComfyUI's page. */
const onlyShown = /^(PreviewAny|Label \(rgthree\)|Fast (Groups )?(Muter|Bypasser) \(rgthree\))$/;

/** A workflow being read: follows links, and keeps in mind what was brought over and what has to be said. */
export class Reading {
  readonly remarks: Remark[] = [];
  readonly workflow: Workflow;
  readonly #used = new Set<string>();
  readonly #lost = new Set<string>();
  /** Subgraphs that are closed: that is all there is to say of them. */
  readonly #closed = new Set<string>();

  /** The wires of `workflow` go round in no circle. */
  constructor(workflow: Workflow) {
    this.workflow = settled(workflow);
    for (const { at, type, title, says, kind } of workflow.faults) {
      this.#say({ what: this.#path(at, type, title), says, ...(kind === 'off' ? {} : { isLost: true }) });
      if (kind !== 'closed') continue;
      this.#lost.add(at);
      this.#closed.add(at);
    }
  }

  /** A value typed into an input, or given by nodes that do nothing else. */
  given(node: ComfyNode, name: string): Given {
    const found = givenAt(this.workflow.nodes, node, name, (one) => this.take(one));
    if (found) return found;
    const from = this.node(node.inputs[name]);
    const typed = node.typed?.[name];
    const stands = typed === undefined ? 'set it by hand' : `${JSON.stringify(typed)} stands instead, as it was typed`;
    if (from) this.remark(from, `A value that it computes could not be brought over: ${stands}.`);
    return new Given(typed, node.shown?.[name] ?? [], homeOf(node.id));
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
    this.take(node);
    if (!node.off && !this.#closed.has(node.id)) this.#say({ what: this.#path(node.id, node.type, node.title), says });
  }

  /** Says that a node has no counterpart, so that its subgraph is not whole. */
  lose(node: ComfyNode, says: string): void {
    if (node.off) return;
    this.take(node);
    this.#lost.add(node.id);
    if (!this.#closed.has(node.id)) this.#say({ what: this.#path(node.id, node.type, node.title), says, isLost: true });
  }

  /** What is to be said of a subgraph as a whole. */
  remarkOn(host: string, says: string): void {
    this.#say({ what: this.nameOf(host), says });
  }

  /** How many nodes of a subgraph, at any depth, have no counterpart. */
  lostIn(host: string): number {
    return [...this.#lost].filter((id) => id.startsWith(`${host}:`)).length;
  }

  /** Says of all nodes that Skein has no word for and nothing asked for that they were left out. */
  remarkUnused(): void {
    this.#remarkOff();
    for (const node of this.workflow.nodes.values())
      if (
        !node.off &&
        !this.#used.has(node.id) &&
        !onlyFaster.test(node.type) &&
        !onlyShown.test(node.type) &&
        !Object.hasOwn(widgetNames, node.type)
      )
        this.lose(node, 'Skein has no such node: it was left out.');
  }

  /** Says which kinds of what was switched off there did not come along. */
  #remarkOff(): void {
    const { nodes, hosts, off } = this.workflow;
    const isThere = (id: string) => [...this.#used].some((one) => one === id || one.startsWith(`${id}:`));
    const left = [...off].filter((id) => !isThere(id)).map((id) => hosts.get(id)?.name ?? nodes.get(id)?.type);
    const kinds = [...new Set(left)].filter((kind) => kind !== undefined);
    const more = kinds.length > 6 ? ` and ${kinds.length - 6} more kinds` : '';
    if (!kinds.length) return;
    const says = `${kinds.slice(0, 6).join(', ')}${more}. What is muted was left out, what is bypassed was bridged.`;
    this.remarks.unshift({ what: 'Switched off there', says });
  }

  /** What people call a subgraph, with those it lies in. */
  nameOf(host: string): string {
    const trail: string[] = [];
    for (let id = host; id; id = homeOf(id)) {
      const one = this.workflow.hosts.get(id);
      trail.unshift(one?.title ?? one?.name ?? id);
    }
    return trail.join(' > ');
  }

  #path(id: string, type: string, title?: string): string {
    const what = title && title !== type ? `${title} (${type})` : type;
    const within = this.nameOf(homeOf(id));
    return within ? `${within} > ${what}` : what;
  }

  #say(remark: Remark): void {
    const { what, says } = remark;
    if (!this.remarks.some((one) => one.what === what && one.says === says)) this.remarks.push(remark);
  }
}

export const whole = (value: unknown): number | undefined =>
  typeof value === 'number' ? Math.round(value) : undefined;
/** A file name without folders and ending. */
export const stem = (file: string) =>
  file.replace(/^.*[\\/]/, '').replace(/\.(safetensors|gguf|sft|pt|pth|ckpt)$/i, '');
export const nameOf = (prefix: unknown) => (typeof prefix === 'string' ? stem(prefix) || undefined : undefined);

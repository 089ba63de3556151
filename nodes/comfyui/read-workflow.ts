import { z } from 'zod';
import { pageFormat } from './page-format';
import { fromPage } from './sheets';
import { wiredToNothing } from './sources';
import { type ComfyNode, type Fault, type Host, homeOf, type Link, type Workflow } from './workflow';

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

/** Whether parsed JSON looks like a workflow of ComfyUI, in the format of its API or of its page. */
export function isWorkflow(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if ('format' in value) return false;
  if ('nodes' in value && Array.isArray(value.nodes) && 'links' in value) return true;
  const nodes = Object.values('prompt' in value && typeof value.prompt === 'object' ? (value.prompt ?? {}) : value);
  return nodes.length > 0 && nodes.every((node) => typeof node === 'object' && node !== null && 'class_type' in node);
}

/** Reads either format; a sentence when it is neither, or damaged. */
export function readWorkflow(value: unknown): Workflow | { problem: string } {
  if (typeof value !== 'object' || value === null)
    return { problem: 'This is no ComfyUI workflow. Save it anew from ComfyUI.' };
  const api = apiFormat.safeParse('prompt' in value ? value.prompt : value);
  if (api.success) return fromApi(api.data);
  const page = pageFormat.safeParse(value);
  if (page.success) return fromPage(page.data);
  const { path = [], message = 'unreadable' } = page.error.issues[0] ?? {};
  return {
    problem: `This ComfyUI workflow is damaged, or of a kind that Skein does not know (${path.join('.') || 'the file'}: ${message}). Save it anew from ComfyUI.`,
  };
}

function fromApi(nodes: z.output<typeof apiFormat>): Workflow {
  const hosts = new Map<string, Host>();
  const faults: Fault[] = [];
  const read = Object.entries(nodes).map(([id, node]): [string, ComfyNode] => {
    for (let home = homeOf(id); home && !hosts.has(home); home = homeOf(home))
      hosts.set(home, { id: home, name: `Subgraph ${home}`, controls: [], inputs: [], outputs: [] });
    const title = node._meta?.title;
    const inputs = Object.entries(node.inputs).map(([name, value]) => {
      const link = plainLink.safeParse(value);
      if (!link.success) return [name, value];
      const [from, slot] = link.data;
      if (!Object.hasOwn(nodes, from)) faults.push(wiredToNothing({ id, type: node.class_type, title, name, from }));
      return [name, { node: from, slot } satisfies Link];
    });
    return [id, { id, type: node.class_type, title, inputs: Object.fromEntries(inputs) }];
  });
  return { nodes: new Map(read), hosts, remarks: [], faults, off: new Set(), places: new Map(), frames: [] };
}

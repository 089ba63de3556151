import type { PageDocument, Subgraph, UiLink, UiNode } from './page-format';

/**
 * ComfyUI keeps subgraphs by themselves, as blueprints: pages with nothing but the node that stands for one. Such a page gets
 * what it lacks to be run: a picture for each socket that takes one, and a node that writes what comes out.
 * `added`: the nodes that stand for the subgraphs. All other pages stay as they are.
 */
export function completed(page: PageDocument): { page: PageDocument; added: ReadonlySet<string> } {
  const definitions = new Map(page.definitions?.subgraphs.map((one) => [one.id, one]));
  const [node, ...others] = page.nodes.filter(({ type }) => !/^(Markdown)?Note$/.test(type));
  const definition = node && definitions.get(node.type);
  if (!definition || others.length || node.mode !== 0) return { page, added: new Set() };
  const { host, nodes, links } = around(node, definition);
  const rest = page.nodes.map((one) => (one === node ? host : one));
  return { page: { ...page, nodes: [...rest, ...nodes], links: [...page.links, ...links] }, added: new Set([node.id]) };
}

function around(node: UiNode, { inputs, outputs }: Subgraph): { host: UiNode; nodes: UiNode[]; links: UiLink[] } {
  const nodes: UiNode[] = [];
  const links: UiLink[] = [];
  const sockets = inputs.map(({ name, type }, slot) => {
    const known = node.inputs.find((one) => one.name === name) ?? { name, type };
    if (type !== 'IMAGE' || known.link != null) return known;
    const [id, link] = [`picture-${slot}`, `to-${slot}`];
    nodes.push(blank({ id, type: 'LoadImage', values: { image: name.replace(/_/g, ' ') }, outputs: [{ type }] }));
    links.push({ number: link, from: id, fromSlot: 0, to: node.id, toSlot: slot });
    return { ...known, link };
  });
  for (const [slot, { type }] of outputs.entries()) {
    if (type !== 'VIDEO' && type !== 'IMAGE') continue;
    const [id, link] = [`film-${slot}`, `from-${slot}`];
    const [name, writer] = type === 'VIDEO' ? ['video', 'SaveVideo'] : ['images', 'VHS_VideoCombine'];
    nodes.push(blank({ id, type: writer, values: {}, inputs: [{ name, type, link }] }));
    links.push({ number: link, from: node.id, fromSlot: slot, to: id, toSlot: 0 });
  }
  return { host: { ...node, inputs: sockets }, nodes, links };
}

const blank = (about: Pick<UiNode, 'id' | 'type'> & Partial<UiNode> & { values: Record<string, unknown> }): UiNode => {
  const { values, ...rest } = about;
  return { mode: 0, inputs: [], outputs: [], widgets_values: values, ...rest };
};

import type { Page } from './component-pages';
import { wireId } from './wire-id';

/** The page with a node under another id, which nothing on it has: its wires, place, form lines and outer sockets follow. */
export function renameNode(page: Page, from: string, to: string): Page {
  const named = (id: string) => (id === from ? to : id);
  const end = <T extends { node: string }>(one: T): T => (one.node === from ? { ...one, node: to } : one);
  const keyed = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).map(([id, value]) => [named(id), value]));
  const { layout, form, own } = page;
  const led = (wire: Page['wires'][number]) => ({ from: end(wire.from), to: end(wire.to) });
  const lines = new Map(page.wires.map((wire) => [wireId(wire), wireId(led(wire))]));
  const { bends } = layout;
  return {
    ...page,
    nodes: page.nodes.map((node) => (node.id === from ? { ...node, id: to } : node)),
    wires: page.wires.map(led),
    layout: {
      ...layout,
      positions: keyed(layout.positions),
      widths: keyed(layout.widths),
      ...(layout.collapsed ? { collapsed: layout.collapsed.map(named) } : {}),
      ...(layout.pinned ? { pinned: layout.pinned.map(named) } : {}),
      ...(bends
        ? { bends: Object.fromEntries(Object.entries(bends).map(([id, points]) => [lines.get(id) ?? id, points])) }
        : {}),
    },
    ...(form && !own ? { form: { fields: form.fields.map(end) } } : {}),
    ...(own
      ? {
          own: {
            ...own,
            inputs: own.inputs.map((one) => ({ ...one, to: one.to.map(end) })),
            outputs: own.outputs.map((one) => ({ ...one, from: end(one.from) })),
            params: own.params.map(end),
          },
        }
      : {}),
  };
}

import type { NodeChange } from '@xyflow/react';
import type { CanvasNode } from './drawing';

/** A group carries what lies inside it: adds the moves of its members to the moves React Flow reports. */
export function carriedAlong(
  changes: NodeChange<CanvasNode>[],
  nodes: readonly CanvasNode[],
): NodeChange<CanvasNode>[] {
  const moved = new Set(changes.flatMap((change) => (change.type === 'position' ? [change.id] : [])));
  const extra: NodeChange<CanvasNode>[] = [];
  for (const change of changes) {
    if (change.type !== 'position' || !change.position) continue;
    const group = nodes.find((node) => node.id === change.id && node.type === 'group');
    if (!group) continue;
    const by = { x: change.position.x - group.position.x, y: change.position.y - group.position.y };
    for (const node of nodes) {
      if (moved.has(node.id) || !liesInside(node, group)) continue;
      moved.add(node.id);
      const position = { x: node.position.x + by.x, y: node.position.y + by.y };
      extra.push({ type: 'position', id: node.id, position, dragging: change.dragging });
    }
  }
  return extra.length ? [...changes, ...extra] : changes;
}

const measure = (node: CanvasNode) => ({
  width: node.width ?? node.measured?.width ?? 0,
  height: node.height ?? node.measured?.height ?? 0,
});

/** Whether the middle of a card is within the group's frame. */
export function liesInside(node: CanvasNode, group: CanvasNode): boolean {
  if (node.type === 'group') return false;
  const card = measure(node);
  const frame = measure(group);
  const x = node.position.x + card.width / 2 - group.position.x;
  const y = node.position.y + card.height / 2 - group.position.y;
  return x >= 0 && y >= 0 && x <= frame.width && y <= frame.height;
}

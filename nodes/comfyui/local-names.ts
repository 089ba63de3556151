import { freshId } from '../fresh-id';
import type { Component, Graph } from '../graph-schema';

type Piece = Pick<Graph, 'nodes' | 'wires' | 'layout'>;

/** Ids as short as a page of its own allows: `denoiser`, where the whole had `denoiser-4`. */
export function localNames({ nodes, layout }: Piece): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id } of [...nodes, ...layout.groups]) {
    const fresh = freshId({ nodes: [], layout: { ...layout, groups: [], notes: [] } }, id, taken);
    taken.add(fresh);
    names.set(id, fresh);
  }
  return names;
}

/** A page with other ids for its cards and groups, wherever they are named. */
export function renamed<P extends Piece & Partial<Pick<Component, 'params'>>>(
  piece: P,
  names: ReadonlyMap<string, string>,
): P {
  const called = (id: string) => names.get(id) ?? id;
  const { layout, params } = piece;
  return {
    ...piece,
    nodes: piece.nodes.map((node) => ({ ...node, id: called(node.id) })),
    wires: piece.wires.map(({ from, to }) => ({
      from: { ...from, node: called(from.node) },
      to: { ...to, node: called(to.node) },
    })),
    layout: {
      ...layout,
      ...(layout.near
        ? { near: Object.fromEntries(Object.entries(layout.near).map(([id, at]) => [called(id), at])) }
        : {}),
      groups: layout.groups.map((group) => ({
        ...group,
        id: called(group.id),
        ...(group.holds ? { holds: group.holds.map(called) } : {}),
      })),
    },
    ...(params ? { params: params.map((one) => ({ ...one, node: called(one.node) })) } : {}),
  };
}

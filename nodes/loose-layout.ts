import type { Graph } from './graph-schema';
import { wireId } from './wire-id';

/**
 * The page without places, widths, pins and bends of cards and wires that are not on it: a card that is made later under the
 * same id is not to have them. The same object when there are none.
 */
export function withoutLoose<G extends Pick<Graph, 'nodes' | 'wires' | 'layout'>>(page: G): G {
  const { positions, widths, collapsed, pinned, bends, ...rest } = page.layout;
  const cards = new Set(page.nodes.map(({ id }) => id));
  const things = new Set([...cards, ...[...rest.notes, ...rest.groups].map(({ id }) => id)]);
  const wires = bends && new Set(page.wires.map(wireId));
  const isWhole =
    [...Object.keys(positions), ...Object.keys(widths), ...(collapsed ?? [])].every((id) => cards.has(id)) &&
    (pinned ?? []).every((id) => things.has(id)) &&
    Object.keys(bends ?? {}).every((id) => wires?.has(id));
  if (isWhole) return page;
  const among = <T>(record: Record<string, T>, known: ReadonlySet<string> | undefined) =>
    Object.fromEntries(Object.entries(record).filter(([id]) => known?.has(id)));
  const led = among(bends ?? {}, wires);
  const held = pinned?.filter((id) => things.has(id)) ?? [];
  const layout: Graph['layout'] = {
    ...rest,
    positions: among(positions, cards),
    widths: among(widths, cards),
    ...(collapsed ? { collapsed: collapsed.filter((id) => cards.has(id)) } : {}),
    ...(held.length ? { pinned: held } : {}),
    ...(Object.keys(led).length ? { bends: led } : {}),
  };
  return { ...page, layout };
}

import { componentOf, digestOf, instanceOf, withComponents } from './component';
import { definitionsFor, nameOf } from './component-node';
import type { Page } from './component-pages';
import type { FieldMeta } from './define';
import { withParams } from './flatten';
import { freshId, idStem, plainName } from './fresh-id';
import { order } from './graph';
import type { Component, Graph, GraphNode, GraphWire } from './graph-schema';
import { label } from './label';
import { withoutLoose } from './loose-layout';
import { toldApart } from './told-apart';
import { wireId } from './wire-id';

type End = GraphWire['from'];
const say = ({ node, port }: End) => `${node}.${port}`;
/** Controls that are set anew for almost every run: a new component shows them. */
const often: readonly FieldMeta['control'][] = ['words', 'seed', 'asset'];

/** A name nothing in the list has: `clip`, `clip-2`, ... */
export function freshName(stem: string, taken: readonly { name: string }[]): string {
  const base = plainName(stem) || 'port';
  const has = (name: string) => name in {} || taken.some((one) => one.name === name);
  if (!has(base)) return base;
  for (let count = 2; ; count++) if (!has(`${base}-${count}`)) return `${base}-${count}`;
}

/** A name in the middle of others: “model”, but “VAE”. */
const lowered = (name: string): string =>
  /^[A-Z]{2}/.test(name) ? name : name.charAt(0).toLowerCase() + name.slice(1);

/**
 * Makes one node of the chosen ones. Its sockets are those of the wires that cross the edge; notes and frames among `ids`
 * come along. `at` is where its card will lie. A sentence when it cannot be done.
 */
export function makeComponent(
  graph: Page,
  about: { ids: ReadonlySet<string>; id: string; name: string; at: { x: number; y: number } },
): { graph: Page; node: string; problem?: undefined } | { problem: string } {
  const { ids, id, name, at } = about;
  const nodes = graph.nodes.filter((node) => ids.has(node.id));
  if (!nodes.length) return { problem: 'No card is chosen. Choose those that are to become one.' };
  const inside = new Set(nodes.map((node) => node.id));
  const isIn = ({ node }: End) => inside.has(node);
  const inputs: Component['inputs'] = [];
  const outputs: Component['outputs'] = [];
  const wires: GraphWire[] = [];
  const rest = graph.nodes.filter((node) => !inside.has(node.id));
  const node = freshId({ ...graph, nodes: rest }, idStem(name));
  const sources = new Map<string, string>();
  const entering = (from: End, to: End): string => {
    const known = inputs.find((one) => one.name === sources.get(say(from)));
    if (known) known.to.push(to);
    else {
      const fresh = freshName(to.port, inputs);
      inputs.push({ name: fresh, to: [to] });
      sources.set(say(from), fresh);
    }
    return sources.get(say(from))!;
  };
  const leaving = (from: End): string => {
    const known = outputs.find((one) => say(one.from) === say(from));
    const fresh = known?.name ?? freshName(from.port, outputs);
    if (!known) outputs.push({ name: fresh, from });
    return fresh;
  };
  const outside = new Map<string, GraphWire>();
  const lay = (wire: GraphWire) => outside.set(`${say(wire.from)}>${say(wire.to)}`, wire);
  for (const { from, to } of graph.wires) {
    if (isIn(from) && isIn(to)) wires.push({ from, to });
    else if (isIn(to)) lay({ from, to: { node, port: entering(from, to) } });
    else if (isIn(from)) lay({ from: { node, port: leaving(from) }, to });
    else lay({ from, to });
  }
  // On the page of a component, sockets may lead on to the outside.
  const own = graph.own && {
    ...graph.own,
    inputs: graph.own.inputs.map((one) => {
      const to = one.to.map((end) => (isIn(end) ? { node, port: entering({ node: '', port: one.name }, end) } : end));
      return { ...one, to: [...new Map(to.map((end) => [say(end), end])).values()] };
    }),
    outputs: graph.own.outputs.map((one) =>
      isIn(one.from) ? { ...one, from: { node, port: leaving(one.from) } } : one,
    ),
  };
  const params: Component['params'] = [];
  const show = (inner: string, param: string): string => {
    const known = params.find((one) => one.node === inner && one.param === param);
    const fresh = known?.name ?? freshName(param, params);
    if (!known) params.push({ name: fresh, node: inner, param });
    return fresh;
  };
  const definitions = definitionsFor(graph);
  for (const { id: inner, type } of nodes)
    for (const [param, schema] of Object.entries(definitions[type]?.params.shape ?? {})) {
      const { control, advanced } = (schema.meta() ?? {}) as FieldMeta; // nodes give nothing else as meta
      if (often.includes(control) && !advanced) show(inner, param);
    }
  const form = graph.form && {
    fields: graph.form.fields.map((one) =>
      !graph.own && inside.has(one.node) ? { ...one, node, param: show(one.node, one.param) } : one,
    ),
  };
  const shown = own && {
    ...own,
    params: own.params.map((one) => (inside.has(one.node) ? { ...one, node, param: show(one.node, one.param) } : one)),
  };
  const nameOfCard = (inner: string) => nameOf(nodes.find((one) => one.id === inner)!, graph); // it lies inside
  const said = ({ node, port }: End) => `${nameOfCard(node)} ${lowered(label(port))}`;
  const parted = part(graph.layout, ids);
  const piece = withoutLoose({ nodes, wires, layout: parted.inner });
  const draft: Component = {
    key: '-',
    id,
    version: 1,
    name,
    nodes,
    wires,
    layout: piece.layout,
    inputs: toldApart(inputs, ({ to: [end] }) => end!, said), // of one wire at least
    outputs: toldApart(outputs, ({ from }) => from, said),
    params: toldApart(
      params,
      ({ node, param }) => ({ node, port: param }),
      ({ node }) => nameOfCard(node),
    ),
  };
  const made: Component = { ...draft, key: digestOf(draft) };
  const next: Page = {
    ...withComponents({ ...graph, ...(form ? { form } : {}) }, [...(graph.components ?? []), made]),
    nodes: [...rest, instanceOf(made, node)],
    wires: [...outside.values()],
    layout: { ...parted.outer, positions: { ...parted.outer.positions, [node]: at } },
    ...(shown ? { own: shown } : {}),
  };
  if (order(graph) && !order(next))
    return {
      problem: `${between(graph, inside)} lies between them: its work is needed inside and comes from inside. Choose it, too.`,
    };
  return { graph: next, node };
}

/** A node that needs some of these and is needed by others of them. */
function between(graph: Graph, inside: ReadonlySet<string>): string {
  const reach = (side: 'from' | 'to') => {
    const seen = new Set(inside);
    const other = side === 'from' ? 'to' : 'from';
    for (const id of seen) for (const wire of graph.wires) if (wire[side].node === id) seen.add(wire[other].node);
    return seen;
  };
  const behind = reach('from');
  const before = reach('to');
  const node = graph.nodes.find(({ id }) => !inside.has(id) && behind.has(id) && before.has(id));
  const title = node && (node.title ?? definitionsFor(graph)[node.type]?.title);
  return `"${title ?? node?.id ?? 'Another card'}"`;
}

function part(layout: Graph['layout'], ids: ReadonlySet<string>) {
  const pick = <T>(record: Record<string, T>, is: boolean) =>
    Object.fromEntries(Object.entries(record).filter(([id]) => ids.has(id) === is));
  const side = (is: boolean): Graph['layout'] => ({
    positions: pick(layout.positions, is),
    widths: pick(layout.widths, is),
    ...(layout.collapsed ? { collapsed: layout.collapsed.filter((id) => ids.has(id) === is) } : {}),
    ...(layout.pinned ? { pinned: layout.pinned.filter((id) => ids.has(id) === is) } : {}),
    // Those of wires that are not there leave with the rest of what is loose.
    ...(layout.bends ? { bends: layout.bends } : {}),
    groups: layout.groups.filter(({ id }) => ids.has(id) === is),
    notes: layout.notes.filter(({ id }) => ids.has(id) === is),
  });
  return { inner: side(true), outer: side(false) };
}

/** Puts the insides of a component back in its place, as ordinary nodes with what its card has set. Returns their ids. */
export function dissolve(graph: Page, id: string): { graph: Page; ids: string[] } {
  const node = graph.nodes.find((one) => one.id === id);
  const component = node && componentOf(graph, node);
  if (!node || !component) return { graph, ids: [] };
  const rest = { ...graph, nodes: graph.nodes.filter((one) => one.id !== id) };
  const names = new Map<string, string>();
  const { layout } = component;
  for (const { id: inner } of [...component.nodes, ...layout.notes, ...layout.groups])
    names.set(inner, freshId(rest, inner, new Set(names.values())));
  const named = (end: End): End => ({ ...end, node: names.get(end.node) ?? end.node });
  const nodes = withParams(component, node).map(
    (inner): GraphNode => ({
      ...inner,
      id: names.get(inner.id)!,
      ...(node.off === 'mute' ? { off: 'mute' as const } : {}),
    }),
  );
  const targets = (port: string) => component.inputs.find(({ name }) => name === port)?.to.map(named) ?? [];
  const source = (port: string) => component.outputs.find(({ name }) => name === port)?.from;
  const follow = ({ from, to }: GraphWire): GraphWire[] => {
    const out = from.node === id ? source(from.port) : from;
    if (!out) return [];
    const start = from.node === id ? named(out) : out;
    return (to.node === id ? targets(to.port) : [to]).map((one) => ({ from: start, to: one }));
  };
  const shown = <T extends { node: string; param: string }>(one: T): T[] => {
    if (one.node !== id) return [one];
    const inner = component.params.find(({ name }) => name === one.param);
    return inner ? [{ ...one, node: names.get(inner.node)!, param: inner.param }] : [];
  };
  const places = [...Object.values(layout.positions), ...[...layout.notes, ...layout.groups].map(({ at }) => at)];
  const corner = { x: Math.min(...places.map(({ x }) => x)), y: Math.min(...places.map(({ y }) => y)) };
  const at = graph.layout.positions[id] ?? { x: 0, y: 0 };
  const moved = ({ x, y }: { x: number; y: number }) => ({ x: x - corner.x + at.x, y: y - corner.y + at.y });
  const renamed = <T>(record: Record<string, T>) =>
    Object.fromEntries(
      Object.entries(record).flatMap(([inner, value]) => (names.has(inner) ? [[names.get(inner)!, value]] : [])),
    );
  const placed = <T extends { id: string; at: { x: number; y: number } }>(things: readonly T[]) =>
    things.map((one) => ({ ...one, id: names.get(one.id)!, at: moved(one.at) }));
  const { outer } = part(graph.layout, new Set([id]));
  const pinned = [...(outer.pinned ?? []), ...(layout.pinned ?? []).map((inner) => names.get(inner) ?? inner)];
  const bends = { ...outer.bends };
  for (const wire of component.wires) {
    const points = layout.bends?.[wireId(wire)];
    if (points) bends[wireId({ from: named(wire.from), to: named(wire.to) })] = points.map(moved);
  }
  return {
    ids: [...names.values()],
    graph: {
      ...graph,
      nodes: [...rest.nodes, ...nodes],
      wires: [
        ...graph.wires.flatMap((wire) => (wire.from.node === id || wire.to.node === id ? follow(wire) : [wire])),
        ...component.wires.map(({ from, to }) => ({ from: named(from), to: named(to) })),
      ],
      layout: {
        ...outer,
        positions: {
          ...outer.positions,
          ...Object.fromEntries(
            Object.entries(renamed(layout.positions)).map(([inner, place]) => [inner, moved(place)]),
          ),
        },
        widths: { ...outer.widths, ...renamed(layout.widths) },
        ...(pinned.length ? { pinned } : {}),
        ...(Object.keys(bends).length ? { bends } : {}),
        groups: [...outer.groups, ...placed(layout.groups)],
        notes: [...outer.notes, ...placed(layout.notes)],
      },
      ...(graph.form ? { form: { fields: graph.form.fields.flatMap(shown) } } : {}),
      ...(graph.own
        ? {
            own: {
              ...graph.own,
              inputs: graph.own.inputs.map((one) => ({
                ...one,
                to: one.to.flatMap((end) => (end.node === id ? targets(end.port) : [end])),
              })),
              outputs: graph.own.outputs.flatMap((one) => {
                const from = one.from.node === id ? source(one.from.port) : one.from;
                return from ? [{ ...one, from: one.from.node === id ? named(from) : from }] : [];
              }),
              params: graph.own.params.flatMap(shown),
            },
          }
        : {}),
    },
  };
}

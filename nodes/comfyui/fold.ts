import { digestOf, typeOf, withComponents } from '../component';
import { freshName, makeComponent } from '../component-edits';
import { freshId } from '../fresh-id';
import { emptyGraph } from '../graph';
import type { Component, Graph, GraphNode } from '../graph-schema';
import { label } from '../label';
import { cardControls, titled } from './card-controls';
import type { Draft, Origin } from './draft';
import { localNames, renamed } from './local-names';
import { notesAbove } from './notes';
import { framed, placeOf } from './places';
import type { Reading } from './reading';
import { isLora } from './sources';
import { commonHome, type Host, homeOf, type Place } from './workflow';

/**
 * A draft with its subgraphs as components: one for each definition, however often it is used. Those that a component cannot
 * carry become cards in a group with the subgraph's name; why is remarked. `texts`: notes that are on none of the components' pages.
 */
export function folded(draft: Draft, reading: Reading): { graph: Graph; texts: string[] } {
  return new Folding(draft, reading).run();
}

/** Components a document may hold. */
const componentsAllowed = 500;

/** A component made of a subgraph, and what it means apart from what its controls are set to. */
interface Made {
  component: Component;
  meaning: string;
}

class Folding {
  #graph: Graph;
  /** What is known of the cards that are there now, and in which subgraph groups lie. */
  readonly #origins: Map<string, Origin>;
  readonly #groupHomes = new Map<string, string>();
  /** Where cards and groups lay, each on the page of its subgraph. */
  readonly #places = new Map<string, Place>();
  readonly #made = new Map<string, Made[]>();
  /** Subgraphs that became components. */
  readonly #closed = new Set<string>();

  constructor(
    { nodes, wires, origins }: Draft,
    private readonly reading: Reading,
  ) {
    this.#graph = { ...emptyGraph(), nodes, wires };
    this.#origins = new Map(origins);
  }

  run(): { graph: Graph; texts: string[] } {
    this.#liftModels();
    const hosts = [...this.reading.workflow.hosts.values()];
    const depth = ({ id }: Host) => id.split(':').length;
    for (const host of hosts.sort((one, other) => depth(other) - depth(one))) this.#fold(host);
    this.#switchOff('');
    this.#frame('');
    const texts = this.reading.workflow.remarks.filter(({ home }) => !this.#closed.has(home)).map(({ text }) => text);
    const graph = { ...this.#graph, layout: { ...this.#graph.layout, ...this.#near(this.#places.keys()) } };
    return { graph: renamed(graph, localNames(graph)), texts };
  }

  /** A model that is used outside its subgraph lies where all who use it can reach it: it needs nothing itself. */
  #liftModels(): void {
    for (const { id, type } of this.#graph.nodes) {
      if (type !== 'model') continue;
      const users = this.#graph.wires.filter(({ from }) => from.node === id).map(({ to }) => this.#of(to.node).home);
      this.#origins.set(id, { ...this.#of(id), home: commonHome([this.#of(id).home, ...users]) });
    }
  }

  #of(id: string): Origin {
    return this.#origins.get(id) ?? { home: '', from: new Set(), shown: {} };
  }

  /** Cards of a page that come only from what was switched off there, on this page or further in, are off. */
  #switchOff(home: string): void {
    const { off, nodes } = this.reading.workflow;
    const isOff = (id: string) => {
      for (let one = id; one.length > home.length; one = homeOf(one)) if (off.has(one)) return true;
      return false;
    };
    const switched = (node: GraphNode): GraphNode => {
      const { home: page, from, near } = this.#of(node.id);
      const ids = from.size ? [...from] : near === undefined ? [] : [near];
      if (page !== home || !ids.length || !ids.every(isOff)) return node;
      const isBridge = ids.map((id) => nodes.get(id)).every((one) => one?.off === 'bypass' && isLora(one.type));
      return { ...node, off: isBridge ? 'bypass' : 'mute' };
    };
    const cards = this.#graph.nodes.map(switched);
    const offs = new Set(cards.flatMap(({ id, off: is }) => (is ? [id] : [])));
    const isEmpty = ({ id, type }: GraphNode) =>
      type === 'frame-conditioner' &&
      this.#graph.wires.some(({ from, to }) => to.node === id && to.port === 'frames' && offs.has(from.node));
    // Without its picture a conditioner holds nothing; those before it are handed on.
    const held = cards.map((node) => (!node.off && isEmpty(node) ? { ...node, off: 'bypass' as const } : node));
    this.#graph = { ...this.#graph, nodes: held };
  }

  /** Where these lay, as a part of a layout. */
  #near(ids: Iterable<string>): Pick<Graph['layout'], 'near'> {
    const found = [...ids].flatMap((id) => {
      const place = this.#places.get(id);
      return place ? [[id, { x: place.x, y: place.y }] as const] : [];
    });
    return found.length ? { near: Object.fromEntries(found) } : {};
  }

  /** Remembers where the cards of a page lay; its frames become groups of what lay in them. */
  #frame(home: string): void {
    const { workflow } = this.reading;
    const held = new Set(this.#graph.layout.groups.flatMap(({ holds = [] }) => holds));
    const groups = [...this.#groupHomes].filter(([, page]) => page === home).map(([id]) => id);
    const cards = this.#graph.nodes.filter(({ id }) => this.#of(id).home === home).map(({ id }) => id);
    const things = new Map<string, Place>();
    for (const id of [...cards, ...groups]) {
      if (held.has(id)) continue;
      const place = this.#places.get(id) ?? placeOf(workflow, this.#of(id));
      if (place) things.set(id, place);
    }
    const frames = workflow.frames.filter((one) => one.home === home);
    const taken = new Set<string>();
    const idOf = () => {
      const id = freshId(this.#graph, 'frame', taken);
      taken.add(id);
      return id;
    };
    for (const [id, place] of things) this.#places.set(id, place);
    const made = framed(frames, things, idOf).map(({ id, frame, holds }) => {
      this.#places.set(id, frame);
      this.#groupHomes.set(id, home);
      return { id, title: frame.title.slice(0, 200), holds, at: { x: 0, y: 0 }, size: { x: 0, y: 0 } };
    });
    const { layout } = this.#graph;
    this.#graph = { ...this.#graph, layout: { ...layout, groups: [...layout.groups, ...made] } };
  }

  #fold(host: Host): void {
    const cards = this.#graph.nodes.filter(({ id }) => this.#of(id).home === host.id).map(({ id }) => id);
    if (!cards.length) return;
    this.#frame(host.id);
    const groups = [...this.#groupHomes].filter(([, home]) => home === host.id).map(([id]) => id);
    const ids = new Set([...cards, ...groups]);
    const lost = this.reading.lostIn(host.id);
    const count = lost === 1 ? 'one of its nodes has' : `${lost} of its nodes have`;
    const isKnown = host.definition !== undefined;
    if (!lost && isKnown) this.#switchOff(host.id);
    const problem = lost ? `${count} no counterpart` : isKnown ? this.#close(host, ids) : 'the format does not say';
    if (problem === undefined) return;
    if (isKnown)
      this.reading.remarkOn(host.id, `It lies open in a group of its name instead of being a component: ${problem}.`);
    this.#open(host, ids);
  }

  /** Lays a subgraph open: its cards go one level out, with a group round them. */
  #open(host: Host, ids: ReadonlySet<string>): void {
    const { layout } = this.#graph;
    const within = homeOf(host.id);
    const inner = new Set(layout.groups.flatMap(({ holds }) => holds ?? []));
    const holds = [...ids].filter((id) => !inner.has(id));
    const group = {
      ...{ id: freshId(this.#graph, 'subgraph'), title: (host.title ?? host.name).slice(0, 200), holds },
      ...{ at: { x: 0, y: 0 }, size: { x: 0, y: 0 } },
    };
    this.#graph = { ...this.#graph, layout: { ...layout, groups: [...layout.groups, group] } };
    this.#groupHomes.set(group.id, within);
    const place = this.reading.workflow.places.get(host.id);
    if (place) this.#places.set(group.id, place);
    for (const id of ids)
      if (this.#origins.has(id)) this.#origins.set(id, { ...this.#of(id), home: within });
      else this.#groupHomes.set(id, within);
  }

  /** Makes a component of a subgraph; why not, otherwise. */
  #close(host: Host, ids: ReadonlySet<string>): string | undefined {
    if ((this.#graph.components?.length ?? 0) >= componentsAllowed)
      return `a graph holds at most ${componentsAllowed} components`;
    const name = host.name.slice(0, 200);
    const made = makeComponent(this.#graph, { ids, id: 'subgraph', name, at: { x: 0, y: 0 } });
    if (made.problem !== undefined) return made.problem.replace(/\.$/, '');
    const bare = made.graph.components?.at(-1);
    if (!bare) return undefined; // one was made
    const raw = { ...bare, layout: { ...bare.layout, ...this.#near(ids) } };
    const { controls, left } = cardControls(raw, host, (id) => this.#of(id).shown);
    const names = localNames(raw);
    const own: Component = {
      ...renamed({ ...raw, params: controls.map(({ shown: _, ...param }) => param) }, names),
      inputs: onlyOnce(raw.inputs, ({ name }) => {
        const from = made.graph.wires.find(({ to }) => to.node === made.node && to.port === name)?.from;
        // What is several loaders there is one node here: its parts have names of their own.
        const isModel = made.graph.nodes.some(({ id, type }) => id === from?.node && type === 'model');
        return from && isModel ? { title: label(from.port) } : this.#titleOf(host.inputs, from?.node);
      }).map((one) => ({
        ...one,
        to: one.to.map((end) => ({ ...end, node: names.get(end.node) ?? end.node })),
      })),
      outputs: onlyOnce(raw.outputs, (one) => this.#titleOf(host.outputs, one.from.node)).map((one) => ({
        ...one,
        from: { ...one.from, node: names.get(one.from.node) ?? one.from.node },
      })),
    };
    this.#closed.add(host.id);
    if (left.length) this.reading.remarkOn(host.id, unanswered(left));
    const { component, params } = this.#known(host, own);
    const card: GraphNode = {
      ...{ id: made.node, type: typeOf(component), version: 1, params },
      ...(host.title === undefined ? {} : { title: host.title.slice(0, 200) }),
    };
    const rest = (this.#graph.components ?? []).filter(({ key }) => key !== component.key);
    const graph = {
      ...withComponents(made.graph, [...rest, component]),
      nodes: made.graph.nodes.map((one) => (one.id === made.node ? card : one)),
    };
    this.#graph = { ...graph, layout: { ...graph.layout, positions: {} } };
    const shown: Record<string, Origin['shown'][string]> = {};
    for (const one of controls) shown[one.name] = one.shown;
    const from = new Set([...ids].flatMap((id) => [...this.#of(id).from]));
    this.#origins.set(made.node, { home: homeOf(host.id), from, near: host.id, shown });
    for (const id of ids) {
      this.#places.delete(id);
      this.#origins.delete(id);
      this.#groupHomes.delete(id);
    }
    return undefined;
  }

  /** The definition that is there already when it means the same, and what this use of it sets. */
  #known(host: Host, own: Component): { component: Component; params: GraphNode['params'] } {
    const values = valuesOf(own);
    const key = host.definition ?? '';
    const before = this.#made.get(key) ?? [];
    const meaning = digestOf(without(own));
    const same = before.find((one) => one.meaning === meaning);
    if (same) return { component: same.component, params: values };
    const stem = /^[\w-]{1,60}$/.test(key) ? key : freshName(own.name.toLowerCase().replace(/\s+/g, '-'), []);
    const named = { ...own, id: before.length ? `${stem}-${before.length + 1}` : stem };
    const texts = this.reading.workflow.remarks.filter(({ home }) => home === host.id).map(({ text }) => text);
    const layout = { ...own.layout, notes: notesAbove(texts, 240) };
    const component = { ...named, layout, key: digestOf(named) };
    this.#made.set(key, [...before, { component, meaning }]);
    return { component, params: values };
  }

  /** What a socket of the subgraph is called that leads to this card. */
  #titleOf(sockets: Host['inputs'], card = ''): { title?: string } {
    const { from } = this.#of(card);
    const socket = sockets.find((one) => one.from !== undefined && from.has(one.from));
    return titled(socket);
  }
}

/** Sockets with their titles; those that several would have are none: one socket there may be several here. */
function onlyOnce<S extends { title?: string | undefined }>(
  sockets: readonly S[],
  titleOf: (socket: S) => { title?: string },
): S[] {
  const titles = sockets.map((one) => titleOf(one).title);
  return sockets.map((one, at) => {
    const title = titles[at];
    return title === undefined || titles.filter((other) => other === title).length > 1 ? one : { ...one, title };
  });
}

/** What the controls of a component are set to inside. */
const valuesOf = ({ nodes, params }: Component): GraphNode['params'] =>
  Object.fromEntries(
    params.flatMap(({ name, node, param }) => {
      const inner = nodes.find(({ id }) => id === node)?.params ?? {};
      return Object.hasOwn(inner, param) ? [[name, inner[param]]] : [];
    }),
  );

/** A component without what its controls are set to. */
function without(component: Component): Component {
  const set = new Set(component.params.map(({ node, param }) => `${node}.${param}`));
  const left = ({ id, params }: GraphNode) =>
    Object.fromEntries(Object.entries(params).filter(([name]) => !set.has(`${id}.${name}`)));
  return { ...component, id: 'subgraph', nodes: component.nodes.map((node) => ({ ...node, params: left(node) })) };
}

const unanswered = (names: readonly string[]) =>
  `Nothing on its card answers to ${names.map((name) => `“${name}”`).join(', ')}: what ${names.length === 1 ? 'it was' : 'they were'} set to was taken as it stands.`;

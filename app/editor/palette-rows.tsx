import { Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import { isComponent } from '../../nodes/component';
import { definitionsFor } from '../../nodes/component-node';
import type { Graph } from '../../nodes/graph';
import type { Kind, Models } from '../../nodes/values';
import { kindOfNode, SectionIcon } from './SectionIcon';
import { type Fitting, type LooseEnd, sectioned } from './state/fitting';
import { joinable, type OnCard, socketsOf } from './state/joining';
import type { Sought } from './state/rank';

/** One line of the palette: how it is found (its `name` is its own), what it says, and what is done when it is chosen. */
export interface Row extends Sought {
  icon: ReactNode;
  title: string;
  aside?: string | undefined;
  says: string;
  choose(): void;
}
export interface RowSection {
  name: string;
  entries: readonly Row[];
}

/** Nodes that can be put here. */
export function nodeRows(
  about: { graph: Graph; found: readonly Fitting[]; search: string },
  choose: (entry: Fitting) => void,
): RowSection[] {
  const definitions = definitionsFor(about.graph);
  const row = (entry: Fitting): Row => {
    const { type, section, portTitle } = entry;
    const definition = definitions[type]!; // they were found among these
    const { title, says } = definition;
    return {
      ...{ title, says, aside: portTitle },
      name: isComponent(entry) ? `${title} ${type}` : title,
      keywords: [type, says, section, kindOfNode(type, definition) ?? ''],
      icon: <SectionIcon type={type} definition={definition} />,
      choose: () => choose(entry),
    };
  };
  return sectioned(about.found, about.search).map(({ name, entries }) => ({ name, entries: entries.map(row) }));
}

/** The sockets of one card, to lay a wire from. */
export function socketRows(graph: Graph, card: string, choose: (end: LooseEnd) => void): RowSection[] {
  const all = socketsOf(graph, card);
  const row = (one: OnCard): Row => ({
    ...{ title: one.socket, aside: one.port.kind, icon: dot(one.port.kind) },
    ...{
      name: `${one.socket} ${one.end.side === 'target' ? 'input' : 'output'}`,
      keywords: [one.port.says, one.port.kind],
    },
    says: one.joined.length
      ? `${one.end.side === 'target' ? 'From' : 'To'} ${one.joined.join('; ')}`
      : `${one.end.side === 'target' && !one.port.optional ? 'Open. ' : ''}${one.port.says}`,
    choose: () => choose(one.end),
  });
  const sides = { takes: 'target', gives: 'source' };
  return Object.entries(sides)
    .map(([name, side]) => ({ name, entries: all.filter(({ end }) => end.side === side).map(row) }))
    .filter(({ entries }) => entries.length);
}

/** What is on the canvas for a loose end: the wire that is there, to be cut, and sockets it can be joined to. */
export function joinRows(
  about: { graph: Graph; models: Models; end: LooseEnd },
  act: { join(other: LooseEnd): void; cut(): void },
): RowSection[] {
  const { graph, models, end } = about;
  const now = socketsOf(graph, end.node).find((one) => one.end.port === end.port && one.end.side === end.side);
  const cut: Row = {
    ...{ title: 'Cut this wire', name: 'Cut this wire', keywords: ['remove disconnect unplug delete'] },
    says: `From ${now?.joined.join()}`,
    icon: <Unplug size={15} className="mx-1 mt-0.5 flex-none text-bad" aria-hidden />,
    choose: act.cut,
  };
  const row = (one: OnCard): Row => ({
    ...{ title: one.card, aside: one.socket, icon: dot(one.port.kind) },
    // Two cards may be called the same.
    ...{ name: `${one.card} ${one.socket} ${one.end.node}`, keywords: [one.port.kind, one.port.says] },
    says: one.end.side === 'target' && one.joined.length ? `In place of ${one.joined.join()}` : one.port.says,
    choose: () => act.join(one.end),
  });
  const others = joinable(graph, models, end).map(row);
  const isCuttable = end.side === 'target' && now?.joined.length;
  return [
    ...(others.length ? [{ name: 'here', entries: others }] : []),
    ...(isCuttable ? [{ name: 'now', entries: [cut] }] : []),
  ];
}

const dot = (kind: Kind) => (
  <span data-kind={kind} className="mx-2 mt-[5px] size-2.5 flex-none rounded-full bg-[var(--kind)]" aria-hidden />
);

import { freshName } from '../component-edits';
import type { Component } from '../graph-schema';
import type { Host, Shown } from './workflow';

/** A control of a component's card, and the subgraphs further out that show it, too. */
export type CardControl = Component['params'][number] & { shown: readonly Shown[] };

/**
 * What the card of a component shows: what its subgraph's node shows, in that order, and pictures that have to be chosen;
 * where it shows nothing, what a new component shows (those of `raw`). `left`: what nothing inside answers to.
 */
export function cardControls(
  raw: Component,
  host: Host,
  shownOf: (node: string) => Readonly<Record<string, readonly Shown[]>>,
): { controls: CardControl[]; left: string[] } {
  const place = (name: string) => {
    const at = host.controls.findIndex((one) => one.name === name);
    return at < 0 ? host.controls.length : at;
  };
  const found = raw.nodes
    .flatMap(({ id }) => Object.entries(shownOf(id)).map(([param, shown]) => ({ node: id, param, shown })))
    .map((one) => ({ ...one, by: one.shown.filter(({ host: id }) => id === host.id).map(({ name }) => name) }))
    .filter(({ by }) => by.length)
    .sort((one, other) => place(one.by[0]!) - place(other.by[0]!)); // those that none shows were taken out
  const isFound = (one: { node: string; param: string }) =>
    found.some(({ node, param }) => node === one.node && param === one.param);
  const usual = raw.params
    .filter((one) => !isFound(one) && (!found.length || /^asset/.test(one.param)))
    .map(({ node, param }) => ({ node, param, shown: shownOf(node)[param] ?? [], by: [] }));
  const controls: CardControl[] = [];
  for (const { by, node, param, shown } of [...found, ...usual]) {
    // One that answers to several has no name of its own: the two files of a pair are one model here.
    const label = by.length === 1 ? host.controls.find(({ name }) => name === by[0])?.label : undefined;
    const isTwin = controls.some((one) => one.param === param);
    const twin = isTwin ? raw.nodes.find(({ id }) => id === node)?.title : undefined;
    controls.push({
      name: freshName(param, controls),
      ...titled({ name: '', label: label ?? twin }),
      node,
      param,
      shown,
    });
  }
  const answered = new Set(found.flatMap(({ by }) => by));
  const left = host.controls.filter(({ name }) => !answered.has(name) && !isFoundByModel(name));
  return { controls, left: left.map(({ name, label }) => label ?? name.replace(/^.*\./, '')) };
}

/** Files of text encoder and VAE: the model finds its own. */
const isFoundByModel = (name: string) => /(clip|vae|text_encoder)(_name)?(_\d+)?$/.test(name);

/** `start_image` as people say it; none for names that only say a type, as `IMAGE` does. */
export function titled(one: { name: string; label?: string | undefined } | undefined): { title?: string } {
  const words = (one?.label || one?.name || '').replace(/_/g, ' ').trim().slice(0, 200);
  if (!one || !words || (!one.label && /^[A-Z0-9 ]*$/.test(words))) return {};
  return { title: words.charAt(0).toUpperCase() + words.slice(1) };
}

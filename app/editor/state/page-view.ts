import type { Active } from '../../../nodes/active';
import type { Checked, Problem } from '../../../nodes/check';
import { componentOf, isComponent } from '../../../nodes/component';
import { sayTrail } from '../../../nodes/component-node';
import type { Page } from '../../../nodes/component-pages';
import type { NodePlan, OutputSummary } from '../../../nodes/events';
import { trailTo } from '../../../nodes/flatten';
import type { Graph, GraphNode } from '../../../nodes/graph';

/** Which page is open: the document, and the nodes one has gone through to get there, outermost first. */
export interface Place {
  root: Graph;
  path: readonly string[];
  page: Page;
}

/** What ids of the flat graph begin with on this page. */
export const prefixOf = ({ path }: Pick<Place, 'path'>) => path.map((id) => `${id}/`).join('');

/** The card of this page a node of the flat graph is drawn by; null when it lies elsewhere. */
export function cardOf(place: Pick<Place, 'path'>, flatId: string): string | null {
  const prefix = prefixOf(place);
  return flatId.startsWith(prefix) ? (flatId.slice(prefix.length).split('/')[0] ?? null) : null;
}

/** The node of the flat graph that a control on this page sets: of a component, the one inside that it stands for. */
export function setBy({ root, path }: Pick<Place, 'root' | 'path'>, card: string, param: string): string {
  let flatId = prefixOf({ path }) + card;
  let name = param;
  for (let node = trailTo(root, flatId).at(-1); node; ) {
    const component = componentOf(root, node);
    const shown = component?.params.find((one) => one.name === name);
    if (!component || !shown) break;
    flatId += `/${shown.node}`;
    name = shown.param;
    node = component.nodes.find(({ id }) => id === shown.node);
  }
  return flatId;
}

/** Problems by the cards of this page. What is wrong inside a component stands on its card, with the inner node's name. */
export function problemsOnPage(place: Place, problems: readonly Problem[], opened: Active['opened']) {
  const found: Record<string, Problem[]> = {};
  const prefix = prefixOf(place);
  for (const problem of problems) {
    const { at = '' } = problem;
    const card = at && cardOf(place, at);
    if (card === null || (!at && place.path.length)) continue;
    const told =
      !at || at === prefix + card ? { ...problem, at: card || undefined } : fromInside(place, problem, opened);
    found[card] = [...(found[card] ?? []), told];
  }
  return found;
}

function fromInside(place: Place, problem: Problem, opened: Active['opened']): Problem {
  const { root } = place;
  const { at = '', port, param, says } = problem;
  const prefix = prefixOf(place);
  const card = cardOf(place, at)!; // it lies on this page
  const inputs = Object.entries(opened.get(prefix + card)?.inputs ?? {});
  const outer = inputs.find(([, ends]) => ends.some((end) => end.node === at && end.port === port))?.[0];
  const trail = trailTo(root, at).slice(place.path.length);
  const name = sayTrail(root, at)
    .split(' / ')
    .slice(place.path.length + 1)
    .join(' / ');
  const shown = param === undefined ? undefined : shownAs(root, trail, param);
  return {
    at: card,
    ...(outer === undefined ? {} : { port: outer }),
    ...(shown === undefined ? {} : { param: shown }),
    // A control that is on the card has a name there.
    says: shown === undefined ? `${name}: ${says}` : says,
  };
}

/** What a param inside is called on the outermost card of a trail, if it is shown there. */
export function shownAs(root: Graph, trail: readonly GraphNode[], param: string): string | undefined {
  let called: string | undefined = param;
  for (let depth = trail.length - 2; depth >= 0 && called !== undefined; depth--) {
    const inner = trail[depth + 1]!.id;
    called = componentOf(root, trail[depth]!)?.params.find((one) => one.node === inner && one.param === called)?.name;
  }
  return called;
}

/** What is known of the values and settings of this page's cards. */
export function checkedOnPage(place: Place, checked: Checked, opened: Active['opened']): Checked {
  const { page, path } = place;
  if (!path.length && !page.nodes.some(isComponent)) return checked;
  const prefix = prefixOf(place);
  const types: Checked['types'] = {};
  const params: Checked['params'] = {};
  const notes: Checked['notes'] = {};
  for (const { id } of page.nodes) {
    const flatId = prefix + id;
    const own = checked.types[flatId];
    const outputs = Object.entries(opened.get(flatId)?.outputs ?? {});
    types[id] =
      own ??
      Object.fromEntries(
        outputs.flatMap(([name, { node, port }]) => {
          const type = checked.types[node]?.[port];
          return type ? [[name, type]] : [];
        }),
      );
    if (checked.params[flatId]) params[id] = checked.params[flatId];
    if (checked.notes[flatId]) notes[id] = checked.notes[flatId];
  }
  return { problems: checked.problems, types, params, notes };
}

/** What Run will do to this page's cards: a component says what will happen inside it, all taken together. */
export function planOnPage(place: Place, plan: Readonly<Record<string, NodePlan>>): Readonly<Record<string, NodePlan>> {
  if (!place.path.length && !place.page.nodes.some(isComponent)) return plan;
  const inside = new Map<string, [flatId: string, node: NodePlan][]>();
  for (const [flatId, node] of Object.entries(plan)) {
    const card = cardOf(place, flatId);
    if (card !== null) inside.set(card, [...(inside.get(card) ?? []), [flatId, node]]);
  }
  return Object.fromEntries([...inside].map(([card, all]) => [card, all.length === 1 ? all[0]![1] : together(all)]));
}

/** Outputs of different nodes of a component may be called the same. */
export const named = (flatId: string, outputs: Readonly<Record<string, OutputSummary>>) =>
  Object.fromEntries(Object.entries(outputs).map(([port, output]) => [`${flatId}.${port}`, output]));

function together(inside: readonly [flatId: string, node: NodePlan][]): NodePlan {
  const all = inside.map(([, node]) => node);
  const of = (state: NodePlan['state']) => all.filter((one) => one.state === state);
  if (of('blocked').length) {
    const says = all.find((one) => one.says)?.says;
    return { state: 'blocked', ...(says === undefined ? {} : { says }) };
  }
  const running = of('will-run');
  if (running.length) {
    const known = running.flatMap(({ seconds }) => seconds ?? []);
    const resumesAt = running.find((one) => one.resumesAt)?.resumesAt;
    return {
      state: 'will-run',
      ...(known.length ? { seconds: known.reduce((sum, seconds) => sum + seconds, 0) } : {}),
      ...(resumesAt === undefined ? {} : { resumesAt }),
    };
  }
  if (of('cached').length) {
    const outputs = Object.assign({}, ...inside.map(([id, node]) => (node.outputs ? named(id, node.outputs) : {})));
    return { state: 'cached', ...(Object.keys(outputs).length ? { outputs } : {}) };
  }
  return of('unused').length ? { state: 'unused' } : { state: 'off' };
}

/** Sockets of this page that have a wire, here or from outside: inputs as `node.port`, outputs as `>node.port`. */
export function wiredOn({ wires, own }: Page): ReadonlySet<string> {
  return new Set([
    ...wires.flatMap(({ from, to }) => [`${to.node}.${to.port}`, `>${from.node}.${from.port}`]),
    ...(own?.inputs.flatMap(({ to }) => to.map((end) => `${end.node}.${end.port}`)) ?? []),
    ...(own?.outputs.map(({ from }) => `>${from.node}.${from.port}`) ?? []),
  ]);
}

import { isComponent } from '../../../nodes/component';
import { sayTrail } from '../../../nodes/component-node';
import type { NodePlan, OutputSummary } from '../../../nodes/events';
import { cardOf, named, type Place, prefixOf } from './page-view';
import type { NodeRun, RunState } from './run-state';

/**
 * Shows a run on a page: the news of nodes inside a component, taken together on its card. The function remembers what it
 * showed last, so that cards nothing has happened to stay as they are.
 */
export function openPageRun() {
  let last = new Map<string, { all: readonly NodeRun[]; shown: NodeRun }>();
  return (place: Place, run: RunState, plan: Readonly<Record<string, NodePlan>>): RunState => {
    const { page, path, root } = place;
    if (!path.length && !page.nodes.some(isComponent)) return run;
    const inside = new Map<string, [flatId: string, node: NodeRun][]>();
    for (const [flatId, node] of Object.entries(run.nodes)) {
      const card = cardOf(place, flatId);
      if (card !== null) inside.set(card, [...(inside.get(card) ?? []), [flatId, node]]);
    }
    const prefix = prefixOf(place);
    const fresh: typeof last = new Map();
    for (const [card, entries] of inside) {
      const all = entries.map(([, node]) => node);
      const was = last.get(card);
      const isSame = was?.all.length === all.length && was.all.every((node, at) => node === all[at]);
      const isPlain = entries[0]![0] === prefix + card;
      const waits = () =>
        run.status === 'running' &&
        Object.entries(plan).some(
          ([id, { state }]) => state === 'will-run' && id.startsWith(`${prefix}${card}/`) && !run.nodes[id],
        );
      const name = (id: string) =>
        sayTrail(root, id)
          .split(' / ')
          .slice(path.length + 1)
          .join(' / ');
      const shown = isPlain ? all[0]! : isSame && was ? was.shown : together(entries, { waits: waits(), name });
      fresh.set(card, { all, shown });
    }
    last = fresh;
    return {
      ...run,
      failedAt: run.failedAt === undefined ? undefined : (cardOf(place, run.failedAt) ?? undefined),
      nodes: Object.fromEntries([...fresh].map(([card, { shown }]) => [card, shown])),
      before: outputsOnPage(place, run.before),
    };
  };
}

function outputsOnPage(place: Place, before: RunState['before']): RunState['before'] {
  const found: Record<string, Record<string, OutputSummary>> = {};
  for (const [flatId, outputs] of Object.entries(before)) {
    const card = cardOf(place, flatId);
    if (card !== null) found[card] = { ...found[card], ...named(flatId, outputs) };
  }
  return found;
}

function together(
  entries: readonly [flatId: string, node: NodeRun][],
  about: { waits: boolean; name(flatId: string): string },
): NodeRun {
  const of = (state: NodeRun['state']) => entries.filter(([, node]) => node.state === state);
  const outputs = Object.assign({}, ...entries.map(([id, node]) => (node.outputs ? named(id, node.outputs) : {})));
  const preview = entries.findLast(([, node]) => node.preview)?.[1].preview;
  const shared = { ...(Object.keys(outputs).length ? { outputs } : {}), ...(preview ? { preview } : {}) };
  const [failed] = of('failed');
  if (failed) {
    const [id, { says, detail }] = failed;
    return {
      ...shared,
      state: 'failed',
      says: `${about.name(id)}: ${says ?? 'It failed.'}`,
      ...(detail ? { detail } : {}),
    };
  }
  const [running] = of('running');
  if (running) {
    const [id, { done, of: all, since }] = running;
    return { ...shared, state: 'running', inner: about.name(id), done, of: all, since };
  }
  if (of('stopped').length) return { ...shared, state: 'stopped' };
  if (about.waits) return { ...shared, state: 'running' };
  const done = of('done');
  if (!done.length) return { ...shared, state: 'reused' };
  const places = [...new Set(done.flatMap(([, { where }]) => where ?? []))];
  return {
    ...shared,
    state: 'done',
    seconds: done.reduce((sum, [, { seconds = 0 }]) => sum + seconds, 0),
    ...(places.length ? { where: places.join(', ') } : {}),
  };
}

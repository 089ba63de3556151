import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunHappening } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';
import { openWorkshop, type Workshop } from '../../server/worker/executor-workshop';
import { clip, modelFolders, newFolder } from './real-executor';

/** The real nodes on a tiny checkpoint: what a denoising keeps on its way is what one that pauses there would have made. */
let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop({ dataFolder: newFolder(), modelFolders, device: 'cpu' });
});
afterAll(() => workshop.close());

async function ran(graph: Graph) {
  const events: RunHappening[] = [];
  const { state } = await workshop.run(
    { graph },
    { emit: (event) => void events.push(event), signal: new AbortController().signal },
  );
  expect(state).toBe('done');
  const plan = await workshop.plan({ graph });
  const held = (id: string) => workshop.cache.look(plan.nodes.get(id)?.fingerprint ?? '');
  const numbers = async (id: string) => {
    const value = await held(id)?.value('clip');
    return value?.kind === 'latent' ? value.data : undefined;
  };
  return { started: events.flatMap((event) => (event.type === 'node.started' ? event.node : [])), numbers, plan };
}

/** The tiny checkpoint has no map to pictures, so of itself it keeps nothing. */
const kept = { denoiser: { steps: 8, keepSteps: 'all' } };

/** The graph with its denoiser in two: one that pauses, one that goes on with these settings. */
function branched(step: number, params: Record<string, unknown> = {}): Graph {
  const graph = clip(kept);
  const whole = graph.nodes.find(({ id }) => id === 'denoiser')!;
  const trunk = { ...whole, id: 'trunk', params: { ...whole.params, pause: step } };
  const branch = { ...whole, params: { ...whole.params, ...params, goesOn: true } };
  const into = graph.wires.filter(({ to }) => to.node === 'denoiser');
  return {
    ...graph,
    nodes: [...graph.nodes.filter((node) => node !== whole), trunk, branch],
    wires: [
      ...graph.wires,
      ...into.map((wire) => ({ ...wire, to: { ...wire.to, node: 'trunk' } })),
      { from: { node: 'trunk', port: 'clip' }, to: { node: 'denoiser', port: 'clip' } },
    ],
  };
}

test('a kept step is a result of its own: a branch computes the rest alone, and unchanged it ends at the same bits', async () => {
  const whole = await ran(clip(kept));
  const print = whole.plan.nodes.get('denoiser')!.fingerprint!;
  const steps = workshop.cache.steps(print);
  expect(steps.kept.map(({ step, of }) => [step, of])).toEqual([1, 2, 3, 4, 5, 6, 7].map((step) => [step, 8]));
  expect(steps.kept.map(({ sigma }) => sigma)).toEqual([...steps.kept.map(({ sigma }) => sigma)].sort((a, b) => b - a));
  expect(steps.last).toMatchObject({ step: 8, of: 8, sigma: 0 });

  const same = await ran(branched(5));
  expect(same.plan.nodes.get('trunk')).toMatchObject({ state: 'cached', whole: print });
  expect(same.started).not.toContain('trunk');
  expect(same.started).toContain('denoiser');
  expect(await same.numbers('denoiser')).toEqual(await whole.numbers('denoiser'));

  const other = await ran(branched(5, { guidance: 7, sampler: 'euler' }));
  expect(other.started).not.toContain('trunk');
  expect(await other.numbers('denoiser')).not.toEqual(await whole.numbers('denoiser'));
}, 60_000);

test('kept steps count in the budget and go like any other result; the branch then computes them once more', async () => {
  const graph = clip({ ...kept, noise: { width: 48, height: 32, frames: 9, seed: 5 } });
  const whole = await ran(graph);
  const before = await whole.numbers('denoiser');
  const print = whole.plan.nodes.get('denoiser')!.fingerprint!;
  expect(workshop.cache.steps(print).kept).toHaveLength(7);
  await workshop.cache.trim(0);
  expect(workshop.cache.steps(print)).toEqual({ kept: [] });
  const seeded = branched(3);
  for (const node of seeded.nodes) if (node.id === 'noise') node.params = { ...node.params, seed: 5 };
  const again = await ran(seeded);
  expect(again.started).toContain('trunk');
  expect(await again.numbers('denoiser')).toEqual(before);
}, 60_000);

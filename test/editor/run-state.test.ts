import { describe, expect, test } from 'vitest';
import { cardStatus } from '../../app/editor/state/card-status';
import { setParams, setTitle } from '../../app/editor/state/edits';
import { withoutMended } from '../../app/editor/state/mended';
import { applyEvent, type NodeRun, noRun, type RunState } from '../../app/editor/state/run-state';
import { shownOn } from '../../app/editor/state/shown-outputs';
import { templates } from '../../graphs/registry';
import type { OutputSummary, Preview, RunEvent, RunHappening } from '../../nodes/events';
import { type Graph, readGraph } from '../../nodes/graph';

const film: Record<string, OutputSummary> = {
  video: {
    kind: 'file',
    facts: {},
    file: { sha256: 'f', mime: 'video/mp4', bytes: 9, name: 'clip.mp4', asset: 'one' },
  },
};
const preview: Preview = { url: 'data:image/webp;base64,', width: 8, height: 8, frames: 5 };

let seq = 0;
const on = (run: string, happening: RunHappening): RunEvent => ({ ...happening, run, seq: ++seq, at: seq * 1000 });
const fold = (events: RunEvent[], from: RunState = noRun) => events.reduce(applyEvent, from);

const begun = (run = 'r1') => [
  on(run, { type: 'run.queued' }),
  on(run, { type: 'run.started', attempt: 1 }),
  on(run, { type: 'node.started', node: 'denoiser' }),
];

describe('applyEvent', () => {
  test('what a newer server tells changes nothing but the place in the stream', () => {
    const before = fold(begun());
    const news = { ...on('r1', { type: 'run.started', attempt: 1 }), type: 'run.of-tomorrow' } as unknown as RunEvent; // as it would come over the wire
    expect(applyEvent(before, news)).toEqual({ ...before, seq: news.seq });
  });

  test('a whole run, from the queue to the film', () => {
    const state = fold([
      ...begun(),
      on('r1', { type: 'node.progress', node: 'denoiser', done: 3, of: 20, preview }),
      on('r1', { type: 'node.done', node: 'denoiser', seconds: 2, outputs: {} }),
      on('r1', { type: 'node.reused', node: 'prompt', outputs: {} }),
      on('r1', { type: 'node.done', node: 'muxer', seconds: 1, outputs: film }),
      on('r1', { type: 'run.done', seconds: 4, ran: 2, reused: 1 }),
    ]);
    expect(state).toMatchObject({ status: 'done', seconds: 4, ran: 2, reused: 1 });
    expect(state.nodes['denoiser']).toMatchObject({ state: 'done', seconds: 2, preview });
    expect(state.nodes['muxer']?.outputs).toBe(film);
  });

  test('progress keeps the newest preview, and changes only its own node', () => {
    const before = fold([...begun(), on('r1', { type: 'node.reused', node: 'prompt', outputs: {} })]);
    const first = applyEvent(before, on('r1', { type: 'node.progress', node: 'denoiser', done: 1, of: 20, preview }));
    const second = applyEvent(first, on('r1', { type: 'node.progress', node: 'denoiser', done: 2, of: 20 }));
    expect(second.nodes['denoiser']).toMatchObject({ done: 2, of: 20, preview });
    expect(second.nodes['prompt']).toBe(before.nodes['prompt']);
  });

  test('late progress does not wake a node that is done, nor a run that is over', () => {
    const done = fold([...begun(), on('r1', { type: 'node.done', node: 'denoiser', seconds: 2, outputs: {} })]);
    const late = on('r1', { type: 'node.progress', node: 'denoiser', done: 19, of: 20 });
    expect(applyEvent(done, late)).toBe(done);
    const over = fold([...begun(), on('r1', { type: 'run.cancelled' })]);
    expect(applyEvent(over, late)).toBe(over);
  });

  test('a replay after a reconnect changes nothing', () => {
    const events = [...begun(), on('r1', { type: 'node.done', node: 'denoiser', seconds: 2, outputs: {} })];
    const once = fold(events);
    expect(fold(events, once)).toBe(once);
  });

  test('other runs are nobody’s business here', () => {
    const state = fold(begun());
    expect(applyEvent(state, on('r9', { type: 'node.done', node: 'denoiser', seconds: 1, outputs: {} }))).toBe(state);
    expect(applyEvent(state, on('r9', { type: 'run.done', seconds: 1, ran: 1, reused: 0 }))).toBe(state);
  });

  test('a run that waits does not push aside the one at work; it takes over when it starts', () => {
    const working = fold(begun());
    const waiting = applyEvent(working, on('r2', { type: 'run.queued' }));
    expect(waiting).toBe(working);
    const next = fold(
      [on('r1', { type: 'run.done', seconds: 1, ran: 1, reused: 0 }), on('r2', { type: 'run.started', attempt: 1 })],
      waiting,
    );
    expect(next).toMatchObject({ run: 'r2', status: 'running', nodes: {} });
  });

  test('the last film stays in sight while the next one is made', () => {
    const first = fold([
      ...begun(),
      on('r1', { type: 'node.done', node: 'muxer', seconds: 1, outputs: film }),
      on('r1', { type: 'run.done', seconds: 1, ran: 1, reused: 0 }),
    ]);
    expect(fold(begun('r2'), first).before['muxer']).toBe(film);
  });

  test('a failure names its node; nodes at work are stopped, not left spinning', () => {
    const state = fold([
      ...begun(),
      on('r1', { type: 'node.started', node: 'muxer' }),
      on('r1', { type: 'node.failed', node: 'denoiser', says: 'Out of memory. Try fewer frames.' }),
      on('r1', { type: 'run.failed', says: 'Out of memory. Try fewer frames.', node: 'denoiser' }),
    ]);
    expect(state).toMatchObject({ status: 'failed', failedAt: 'denoiser' });
    expect(state.nodes['denoiser']).toMatchObject({ state: 'failed', says: 'Out of memory. Try fewer frames.' });
    expect(state.nodes['muxer']?.state).toBe('stopped');
  });
});

describe('what a card says', () => {
  const base = { run: 'idle', hasProblem: false } as const;
  test('before Run it tells the plan', () => {
    expect(cardStatus({ ...base, plan: { state: 'will-run', seconds: 3 } })).toMatchObject({
      is: 'will-run',
      seconds: 3,
    });
    expect(cardStatus({ ...base, plan: { state: 'cached' } })).toEqual({ is: 'cached' });
    expect(cardStatus({ ...base, plan: { state: 'unused' } })).toEqual({ is: 'unused' });
  });
  test('a result that no longer holds is not shown as done', () => {
    const node = { state: 'done', seconds: 2 } as const;
    expect(cardStatus({ run: 'done', hasProblem: false, node, plan: { state: 'cached' } })).toEqual({
      is: 'done',
      seconds: 2,
    });
    expect(cardStatus({ run: 'done', hasProblem: false, node, plan: { state: 'will-run' } })).toMatchObject({
      is: 'will-run',
    });
  });
  test('what the last run did is not said of another result that is in the cache', () => {
    const node = { state: 'done', seconds: 2, fingerprint: 'a' } as const;
    const now = (fingerprint: string) =>
      cardStatus({ run: 'done', hasProblem: false, node, plan: { state: 'cached', fingerprint } }).is;
    expect([now('a'), now('b')]).toEqual(['done', 'cached']);
  });
  test('what must be mended comes before the plan', () => {
    expect(cardStatus({ ...base, hasProblem: true, plan: { state: 'will-run' } })).toEqual({ is: 'problem' });
  });
  test('while a run is on, a node it has not reached waits', () => {
    expect(cardStatus({ run: 'running', hasProblem: false, plan: { state: 'will-run' } })).toEqual({ is: 'waiting' });
  });
});

describe('what a card shows', () => {
  const called = (sha256: string, asset: string): typeof film => ({
    video: { ...film['video']!, file: { ...film['video']!.file!, sha256, asset } },
  });
  const asset = (shown: ReturnType<typeof shownOn>) => [shown?.outputs['video']?.file?.asset, shown?.from];
  const run = (node: Partial<NodeRun>, before = {}) => ({
    nodes: { out: { state: 'done' as const, ...node } },
    before,
  });
  const cached = { out: { state: 'cached' as const, fingerprint: 'now', outputs: called('s', 'held') } };

  test('what is in the cache for this graph, before what was made from another', () => {
    const old = run({ outputs: called('r', 'old'), fingerprint: 'then' });
    expect(asset(shownOn('out', { run: old, plan: cached }))).toEqual(['held', 'cache']);
    const earlier = { nodes: {}, before: { out: called('r', 'old') } };
    expect(asset(shownOn('out', { run: earlier, plan: cached }))).toEqual(['held', 'cache']);
    expect(asset(shownOn('out', { run: noRun, plan: cached }))).toEqual(['held', 'cache']);
  });

  test('a film the run on show has made stays that film, and does not begin anew when the plan knows it, too', () => {
    const made = run({ outputs: called('s', 'made'), fingerprint: 'now' });
    expect(asset(shownOn('out', { run: made, plan: cached }))).toEqual(['made', 'run']);
    expect(asset(shownOn('out', { run: made, plan: {} }))).toEqual(['made', 'run']);
  });

  test('what the graph no longer gives is said to be from before, until there is something else', () => {
    const made = run({ outputs: called('s', 'made'), fingerprint: 'then' });
    const plan = { out: { state: 'will-run' as const, fingerprint: 'now' } };
    expect(asset(shownOn('out', { run: made, plan }))).toEqual(['made', 'before']);
    // Of a component, several nodes in one, the plan says only that something will run.
    expect(asset(shownOn('out', { run: run({ outputs: film }), plan: { out: { state: 'will-run' } } }))[1]).toBe(
      'before',
    );
    expect(asset(shownOn('out', { run: run({}, { out: film }), plan }))).toEqual(['one', 'before']);
    expect(shownOn('out', { run: noRun, plan })).toBeUndefined();
  });
});

describe('withoutMended', () => {
  const { graph } = readGraph(templates['text-to-video']);
  if (!graph) throw new Error('The template cannot be read.');
  const failed: RunState = {
    ...noRun,
    run: 'r1',
    status: 'failed',
    failedAt: 'decoder',
    nodes: { decoder: { state: 'failed', says: 'Too large.' }, text: { state: 'done' } },
  };
  const decoderAfter = (now: Graph) => withoutMended(failed, graph, now).nodes['decoder']?.state;

  test('a failure holds until the node, or something before it, is changed', () => {
    expect(decoderAfter(setTitle(graph, 'decoder', 'Pictures'))).toBe('failed');
    expect(decoderAfter(setParams(graph, 'muxer', { fps: 12 }))).toBe('failed');
    expect(decoderAfter(setParams(graph, 'noise', { width: 32 }))).toBeUndefined();
    expect(decoderAfter({ ...graph, wires: graph.wires.filter(({ to }) => to.node !== 'denoiser') })).toBeUndefined();
    expect(withoutMended(failed, graph, setParams(graph, 'noise', { width: 32 })).nodes['text']?.state).toBe('done');
  });

  test('a run at work is left as it is', () => {
    const busy = { ...failed, status: 'running' as const };
    expect(withoutMended(busy, graph, setParams(graph, 'noise', { width: 32 }))).toBe(busy);
  });
});

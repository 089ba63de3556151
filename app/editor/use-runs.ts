'use client';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { toast } from 'sonner';
import { sayTrail } from '../../nodes/component-node';
import { meansTheSame } from '../../nodes/component-pages';
import type { NodePlan } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';
import { type Answers, api } from '../api-client';
import { listen } from '../live';
import { said } from '../said';
import { isUploading, uploadsDone } from '../upload';
import { useEditorStore } from './EditorContext';
import type { EditorState } from './state/editor-store';
import { setParams } from './state/edits';
import { withoutMended } from './state/mended';
import { cardOf } from './state/page-view';
import { isActive, noRun, type RunState } from './state/run-state';
import { nextSeed, useSeeds } from './state/seeds';
import { useUi } from './state/ui-store';
import { useShowCard, useShowNode } from './use-fit';

/** Starting, stopping and following runs of one graph. */
export function useRuns(graphId: string) {
  const editor = useEditorStore();
  const queries = useQueryClient();
  const show = useShowCard();
  const showNode = useShowNode();
  /** The graph as it was when Run was pressed. */
  const submitted = useRef<Graph>(undefined);
  /** The run whose graph is known as the last that ran. */
  const followed = useRef<string>(undefined);

  useEffect(() => {
    useSeeds.getState().recall(graphId);
    let isGone = false;
    const recall = async () => {
      const { runs } = await api.runs.list.query({ graphId, limit: 20 });
      // What a cancelled or failed run did not come to is still there from the one before.
      const done = runs[0]?.state === 'done' ? undefined : runs.find(({ state }) => state === 'done');
      const [found, earlier] = await Promise.all(
        [runs[0], done].map((one) => one && api.runs.get.query({ runId: one.id })),
      );
      const { run } = editor.getState().whole;
      // A tab one comes back to has missed what happened meanwhile.
      if (found && !isGone && (!run.run || found.seq > run.seq)) {
        followed.current = found.run.id;
        editor.getState().setRan(found.graph);
        // What failed then may have been mended since.
        const shown = withoutMended(recalled(found), found.graph, editor.getState().root);
        editor.getState().showRun({ ...shown, before: earlier ? outputs(recalled(earlier)) : {} });
      }
    };
    recall().catch((error: unknown) => console.error('The last run could not be shown:', said(error)));
    const learn = async (runId: string) => {
      const found = await api.runs.get.query({ runId }).catch(() => undefined);
      if (found && !isGone && followed.current === runId) editor.getState().setRan(found.graph);
    };
    const stop = listen((events) => {
      // Progress names only its run; whether that is the one on show, `applyEvent` knows.
      const ours = events.filter((event) => event.graph === graphId || event.type === 'node.progress');
      const wasActive = isActive(editor.getState().whole.run);
      if (ours.length) editor.getState().apply(ours);
      const { root, whole, setPlan } = editor.getState();
      // Started in another tab, or from a list.
      const { run } = whole.run;
      if (run && run !== followed.current && !isActive(whole.run)) {
        followed.current = run;
        void learn(run);
      }
      const isSame = submitted.current !== undefined && meansTheSame(submitted.current, root);
      // What has just been made is cached: the cards need not wait for the server to say so.
      if (wasActive && !isActive(whole.run) && isSame) setPlan(settled(whole.plan, whole.run));
      if (events.some((event) => event.type.startsWith('run.'))) void queries.invalidateQueries({ queryKey: ['runs'] });
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [editor, graphId, queries]);

  const start = useCallback(
    async ({ first = false, keepSeeds = false } = {}): Promise<void> => {
      if (!(await uploadsArrived())) return;
      if (!keepSeeds) moveSeeds(editor);
      const { root: graph, whole } = editor.getState();
      const { run } = whole;
      submitted.current = graph;
      try {
        const { runId } = await api.runs.start.mutate({ graph, graphId });
        followed.current = runId;
        editor.getState().setRan(graph);
        if (first) await toTheFront(runId);
        const { run: now } = editor.getState().whole;
        if (!isActive(now) && now.run !== runId) {
          const before = { ...run.before, ...outputs(run) };
          editor.getState().showRun({ ...noRun, before, run: runId, status: 'queued', since: Date.now() });
        } else if (isActive(now) && now.run !== runId)
          // Five presses are one message, not a pile over the cards.
          toast('Queued', { id: 'queued', description: 'It starts when the run before it is done.' });
        void queries.invalidateQueries({ queryKey: ['runs'] });
      } catch (error) {
        const { at, says } = byTitle(said(error), editor.getState());
        const card = at && cardOf(editor.getState(), at);
        if (card) show(card);
        else if (at) showNode(at);
        toast.error('This cannot run yet', { description: says });
      }
    },
    [editor, graphId, queries, show, showNode],
  );

  const cancel = useCallback(async (): Promise<void> => {
    const { run } = editor.getState().whole;
    if (!run.run || !isActive(run)) return;
    try {
      await api.runs.cancel.mutate({ runId: run.run });
    } catch (error) {
      toast.error('The run could not be stopped', { description: said(error) });
    }
  }, [editor]);
  return useMemo(() => ({ start, cancel }), [start, cancel]);
}
export type Runs = ReturnType<typeof useRuns>;

async function toTheFront(runId: string): Promise<void> {
  const before = (await api.runs.queue.query()).find(({ state }) => state === 'queued')?.id;
  if (before && before !== runId)
    // Refused when it has begun: then nothing is before it.
    await api.runs.move.mutate({ runs: [runId], before }).catch(() => undefined);
}

/** A refusal of the server names a node by its id; people know their cards by what is written on them. */
export function byTitle(told: string, { root }: Pick<EditorState, 'root'>): { at?: string; says: string } {
  const [, at = '', says = told] = /^At "([^"]+)": (.*)$/s.exec(told) ?? [];
  const title = sayTrail(root, at);
  return title ? { at, says: `${title}: ${says}` } : { says: told };
}

/** Waits for files that are still being sent, so that a run never takes the picture before. False if a press of Run waits already. */
async function uploadsArrived(): Promise<boolean> {
  const { awaitsUpload, setAwaitsUpload } = useUi.getState();
  if (awaitsUpload) return false;
  if (!isUploading()) return true;
  setAwaitsUpload(true);
  await uploadsDone();
  setAwaitsUpload(false);
  return true;
}

/** What seeds do at a Run, before it begins. The seed that was there is kept to go back to. */
function moveSeeds(editor: ReturnType<typeof useEditorStore>): void {
  const { modes, leave } = useSeeds.getState();
  for (const [key, mode] of Object.entries(modes)) {
    const [id = '', param = ''] = key.split('.');
    const { root, ran, editRoot } = editor.getState();
    const seedIn = (graph: Graph | null) => graph?.nodes.find((node) => node.id === id)?.params[param];
    const seed = seedIn(root);
    if (typeof seed !== 'number') continue;
    const next = nextSeed(mode, seed, seedIn(ran) === seed);
    if (next === seed) continue;
    leave(key, seed);
    editRoot((graph) => setParams(graph, id, { [param]: next }));
  }
}

function settled(plan: Readonly<Record<string, NodePlan>>, run: RunState): Record<string, NodePlan> {
  return Object.fromEntries(
    Object.entries(plan).map(([id, node]) => {
      const state = run.nodes[id]?.state;
      return [id, state === 'done' || state === 'reused' ? { ...node, state: 'cached' } : node];
    }),
  );
}

const outputs = ({ nodes }: RunState) =>
  Object.fromEntries(Object.entries(nodes).flatMap(([id, node]) => (node.outputs ? [[id, node.outputs]] : [])));

/** A run as the database remembers it, in the shape in which it would have been seen live. */
function recalled({ run, nodes, seq }: Answers['runs']['get']): RunState {
  const isOver = run.state !== 'running' && run.state !== 'queued';
  return {
    run: run.id,
    status: run.state,
    // A run that goes on is told again from its beginning by the stream.
    seq: isOver ? seq : 0,
    since: (run.startedAt ?? run.queuedAt).getTime(),
    seconds: run.seconds ?? undefined,
    ran: run.ran ?? undefined,
    reused: run.reused ?? undefined,
    says: run.says ?? undefined,
    failedAt: run.failedNode ?? undefined,
    before: {},
    nodes: Object.fromEntries(
      nodes.map((node) => [
        node.node,
        {
          state: isOver && node.state === 'running' ? ('stopped' as const) : node.state,
          seconds: node.seconds ?? undefined,
          resumedAt: node.resumedAt ?? undefined,
          where: node.about.where,
          fingerprint: node.fingerprint ?? undefined,
          says: node.says ?? undefined,
          detail: node.detail ?? undefined,
          outputs: node.outputs,
        },
      ]),
    ),
  };
}

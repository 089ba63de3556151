import { TRPCError, tracked } from '@trpc/server';
import { z } from 'zod';
import type { RunEvent } from '../../nodes/events';
import { freeMemory, wholeMemory } from '../inference/memory';
import { type Cancelled, enqueueRun, requestCancel } from '../store/attempts';
import type { Viewer } from '../store/database';
import { eventsAfter, eventsOfUnfinished, lastSeq } from '../store/events';
import { isPaused, moveRuns, setPaused } from '../store/queue-line';
import { runHistory } from '../store/run-history';
import { withOutlines } from '../store/run-outlines';
import { getRun, listQueue, listRuns, removeRun } from '../store/runs';
import { usedSeeds } from '../store/seeds';
import { graphInput, idInput, pageInput } from './inputs';
import { planGraph, type Room, withShown } from './plan-graph';
import type { Services } from './services';
import { type Context, notFound, procedure, router } from './trpc';

/** Runs that may wait at once; more are refused with a word, rather than piling up. */
export const waitingAllowed = 1000;
/** Events read from the database at a time. */
const replayPage = 500;

export const runs = router({
  /** What pressing Run would do: problems to draw on the nodes, and for each node whether it will run. */
  plan: procedure
    .input(z.object({ graph: graphInput, targets: z.array(z.string()).optional() }))
    .query(async ({ ctx, input }) => {
      const { services, viewer } = ctx;
      const about = { targets: input.targets, room: await room(services, viewer) };
      return withShown(services, viewer, await planGraph(services, input.graph, about));
    }),

  /** Puts a graph into the queue. Refused, naming the first problem, when it could not finish. */
  start: procedure
    .input(
      z.object({
        graph: graphInput,
        graphId: idInput.optional(),
        priority: z.int().min(-10).max(10).optional(),
        /** Take nothing from the cache. */
        fresh: z.boolean().optional(),
      }),
    )
    .mutation(async ({ ctx, input }): Promise<{ runId: string }> => {
      const { services, viewer } = ctx;
      const { problems, nodes } = await planGraph(services, input.graph, { room: await room(services, viewer) });
      // What is wrong with a node that no output needs does not keep the others from running.
      const first = problems.find(({ at }) => at === undefined || nodes[at]?.state === 'blocked');
      if (first) {
        const { at, says } = first;
        throw new TRPCError({ code: 'BAD_REQUEST', message: at ? `At "${at}": ${says}` : says });
      }
      if ((await listQueue(services.db, viewer)).length >= waitingAllowed) {
        const message = `There are ${waitingAllowed} runs waiting already. Wait for some to finish, or cancel them.`;
        throw new TRPCError({ code: 'TOO_MANY_REQUESTS', message });
      }
      const { graph, graphId, priority = 0, fresh } = input;
      const run = { name: graph.name, document: JSON.stringify(graph), graphId, priority, fresh };
      const { id, events } = await enqueueRun(services.db, viewer, run);
      services.feed.publish(viewer.ownerId, events);
      await services.queue.enqueue({ id, priority });
      return { runId: id };
    }),

  /** Stops a waiting run at once and a running one within a second. A result that is already there wins. */
  cancel: procedure.input(z.object({ runId: idInput })).mutation(async ({ ctx, input }) => {
    const was = await cancelRun(ctx, input.runId);
    if (!was) throw notFound('run');
    return { was };
  }),

  /** What is kept of the way to a denoised clip, and how that looked at its end: by the fingerprint of the whole. */
  steps: procedure
    .input(z.object({ fingerprint: z.string().regex(/^[0-9a-f]{64}$/) }))
    .query(({ ctx, input }) => ctx.services.cache.steps(input.fingerprint)),

  list: procedure.input(z.object({ graphId: idInput.optional(), ...pageInput })).query(async ({ ctx, input }) => {
    const { runs, next } = await listRuns(ctx.services.db, ctx.viewer, input);
    return { runs: await withOutlines(ctx.services.db, runs), next };
  }),

  /** A run with the graph it ran, its nodes, and the number of the last event that this answer includes. */
  get: procedure.input(z.object({ runId: idInput })).query(async ({ ctx, input }) => {
    const seq = await lastSeq(ctx.services.db, ctx.viewer);
    const found = await getRun(ctx.services.db, ctx.viewer, input.runId);
    if (!found) throw notFound('run');
    return { ...found, seq };
  }),

  /** What went before a run, to say why it computed what it computed, and how much memory there is in all. */
  history: procedure.input(z.object({ runId: idInput })).query(async ({ ctx, input }) => {
    const found = await runHistory(ctx.services.db, ctx.viewer, input.runId);
    if (!found) throw notFound('run');
    return { ...found, memory: wholeMemory() };
  }),

  remove: procedure.input(z.object({ runId: idInput })).mutation(async ({ ctx, input }) => {
    const removed = await removeRun(ctx.services.db, ctx.viewer, input.runId);
    if (removed === null) throw notFound('run');
    if (!removed) throw new TRPCError({ code: 'CONFLICT', message: 'This run has not ended. Cancel it first.' });
  }),

  /** Seeds that a seed field had in runs of this graph, newest first, with what came of them. */
  seeds: procedure
    .input(z.object({ graphId: idInput, node: z.string().max(64), param: z.string().max(64) }))
    .query(({ ctx, input }) => usedSeeds(ctx.services.db, ctx.viewer, input)),

  /** What runs and what waits, in the order in which it will be taken. */
  queue: procedure.query(async ({ ctx }) => {
    const { db } = ctx.services;
    return withOutlines(db, await listQueue(db, ctx.viewer));
  }),

  /** Whether the queue is paused: then what runs goes on, and nothing new starts. */
  paused: procedure.query(({ ctx }) => isPaused(ctx.services.db, ctx.viewer)),

  /** Pauses the queue or lets it go on; kept over restarts. */
  pause: procedure.input(z.object({ paused: z.boolean() })).mutation(async ({ ctx, input }) => {
    await setPaused(ctx.services.db, ctx.viewer, input.paused);
    if (!input.paused) await ctx.services.queue.resume();
  }),

  /** Puts waiting runs before another, in this order; without `before`, behind all others. */
  move: procedure
    .input(z.object({ runs: z.array(idInput).min(1).max(10_000), before: idInput.optional() }))
    .mutation(async ({ ctx, input }) => {
      const moved = await moveRuns(ctx.services.db, ctx.viewer, input);
      if (!moved)
        throw new TRPCError({ code: 'CONFLICT', message: 'It has begun meanwhile. Look at the queue again.' });
      return { moved };
    }),

  /** Cancels everything that waits, and what runs, too, when asked. */
  cancelAll: procedure.input(z.object({ running: z.boolean().default(false) })).mutation(async ({ ctx, input }) => {
    const line = await listQueue(ctx.services.db, ctx.viewer);
    const wanted = line.filter(({ state }) => state === 'queued' || input.running);
    // The last first: nothing starts that is to be cancelled the next moment.
    for (const { id } of wanted.reverse()) await cancelRun(ctx, id);
    return { cancelled: wanted.length };
  }),

  /**
   * Everything that happens to any run, one stream for the whole tab. With `lastEventId` what was missed comes first;
   * without, what has happened so far to the runs that have not ended. Progress carries the number of the last stored
   * event and is not repeated, but for the latest of each running node.
   */
  events: procedure
    .input(
      z
        .object({
          lastEventId: z
            .string()
            .regex(/^\d{1,15}$/)
            .nullish(),
        })
        .optional(),
    )
    .subscription(async function* ({ ctx, input, signal }) {
      const { db, feed } = ctx.services;
      const stop = signal ?? new AbortController().signal;
      const live = feed.listen(ctx.viewer, stop);
      let seq = 0;
      const at = (event: RunEvent) => tracked(String(event.seq), event);
      if (input?.lastEventId) {
        seq = Number(input.lastEventId);
        for (;;) {
          const missed = await eventsAfter(db, ctx.viewer, { seq, limit: replayPage });
          for (const event of missed) yield at(event);
          seq = missed.at(-1)?.seq ?? seq;
          if (missed.length < replayPage) break;
        }
      } else {
        seq = await lastSeq(db, ctx.viewer);
        for (const event of await eventsOfUnfinished(db, ctx.viewer)) {
          yield at(event);
          seq = Math.max(seq, event.seq);
        }
      }
      for (const event of feed.progress(ctx.viewer)) yield at({ ...event, seq });
      for await (const event of live) {
        if (event.type !== 'node.progress' && event.seq <= seq) continue;
        seq = Math.max(seq, event.seq);
        yield at({ ...event, seq });
      }
    }),
});

/** Null when there is no such run. */
async function cancelRun({ services, viewer }: Context, runId: string): Promise<Cancelled['was'] | null> {
  const cancelled = await requestCancel(services.db, viewer, runId);
  if (cancelled?.was === 'waiting') services.feed.publish(viewer.ownerId, cancelled.events);
  if (cancelled?.was === 'asked') await services.queue.cancel(runId);
  return cancelled?.was ?? null;
}

/** Memory a run may have: what is free now, or all there is while others run, which give theirs back before it begins. */
export async function room(services: Services, viewer: Viewer): Promise<Room> {
  const [provider = ''] = services.device().split('/');
  const free = (await listQueue(services.db, viewer)).length ? wholeMemory() : freeMemory();
  return { free, provider, card: services.queue.workers()[0]?.device?.card };
}

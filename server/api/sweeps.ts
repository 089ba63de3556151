import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { Graph } from '../../nodes/graph';
import { readSweep, type Sweep } from '../../nodes/sweep';
import { cellGraph, layOut } from '../../nodes/sweep-cells';
import { firstBlocked } from '../engine/plan-sweep';
import { transact } from '../store/database';
import { createGraph, getGraph, saveGraph } from '../store/graphs';
import { listQueue } from '../store/runs';
import { cancelCells, retryCells } from '../store/sweep-runs';
import { createSweep, getSweep, listSweeps, removeSweep, setPicked } from '../store/sweeps';
import { graphInput, idInput } from './inputs';
import { room, waitingAllowed } from './runs';
import { makeSweepFilm, sheetInput } from './sweep-film';
import { newCells, outlookOf, type SweepOutlook, sweepPlan } from './sweep-plan';
import { type Context, notFound, procedure, router } from './trpc';

const sweepInput = z.unknown().transform((source, context): Sweep => {
  const read = readSweep(source);
  if (read.problem === undefined) return read.sweep;
  context.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});
const cellInput = z.int().min(0);
const refusal = (message: string) => new TRPCError({ code: 'BAD_REQUEST', message });

export const sweeps = router({
  /** What pressing Run would do: how many cells, what runs and how often, what is cached, how long it will take. */
  plan: procedure
    .input(z.object({ graph: graphInput, sweep: sweepInput }))
    .query(async ({ ctx, input }): Promise<SweepOutlook> => {
      const free = await room(ctx.services, ctx.viewer);
      return outlookOf(await sweepPlan(ctx.services, { ...input, room: free }));
    }),

  /** Puts all cells into the queue. Refused when a cell could not run, naming it. What is cached is done at once. */
  start: procedure
    .input(z.object({ graph: graphInput, sweep: sweepInput, graphId: idInput.optional() }))
    .mutation(async ({ ctx, input }): Promise<{ sweepId: string }> => {
      const { services, viewer } = ctx;
      const { graph, sweep, graphId } = input;
      const planned = await sweepPlan(services, { graph, sweep, room: await room(services, viewer) });
      const [problem] = planned.problems;
      if (problem) throw refusal(problem.axis === undefined ? problem.says : `"${problem.axis}": ${problem.says}`);
      const blocked = firstBlocked(planned);
      if (blocked !== undefined) throw refusal(`${blocked} Mend it, or leave that cell out.`);
      const cells = newCells(planned);
      const waiting = (await listQueue(services.db, viewer)).length + cells.filter(({ held }) => !held).length;
      if (waiting > waitingAllowed) {
        const message = `${waiting} runs would wait, and ${waitingAllowed} may. Wait for some to finish, or cancel them.`;
        throw new TRPCError({ code: 'TOO_MANY_REQUESTS', message });
      }
      const { id, events } = await createSweep(services.db, viewer, { graph, sweep, graphId, cells });
      services.feed.publish(viewer.ownerId, events);
      await services.queue.enqueue({ id, priority: 0 });
      return { sweepId: id };
    }),

  /** A sweep with what became of every cell. */
  get: procedure.input(z.object({ sweepId: idInput })).query(({ ctx, input }) => found(ctx, input.sweepId)),

  list: procedure
    .input(z.object({ graphId: idInput.optional(), limit: z.int().min(1).max(200).default(50) }))
    .query(({ ctx, input }) => listSweeps(ctx.services.db, ctx.viewer, input)),

  /** Cancels every cell that has not ended. Those that have keep their results. */
  cancel: procedure.input(z.object({ sweepId: idInput })).mutation(async ({ ctx, input }) => {
    const { services, viewer } = ctx;
    await found(ctx, input.sweepId);
    const { events, running } = await transact(services.db, (tx) => cancelCells(tx, viewer, input.sweepId));
    services.feed.publish(viewer.ownerId, events);
    for (const run of running) await services.queue.cancel(run);
    return { cancelled: events.length + running.length };
  }),

  /** Runs cells again that have failed or were cancelled: these, or all. */
  retry: procedure
    .input(z.object({ sweepId: idInput, cells: z.array(cellInput).max(10_000).optional() }))
    .mutation(async ({ ctx, input }) => {
      const { services, viewer } = ctx;
      await found(ctx, input.sweepId);
      const { events, count } = await transact(services.db, (tx) => retryCells(tx, viewer, input));
      services.feed.publish(viewer.ownerId, events);
      await services.queue.enqueue({ id: input.sweepId, priority: 0 });
      return { count };
    }),

  /**
   * Puts the settings of a cell into the graph as it is now, as a new version; the version before stays (`before`). When
   * the graph has gone, the cell's own graph becomes a new one.
   */
  pick: procedure
    .input(z.object({ sweepId: idInput, cell: cellInput }))
    .mutation(async ({ ctx, input }): Promise<{ graphId: string; version: number; before?: number }> => {
      const { db } = ctx.services;
      const swept = await found(ctx, input.sweepId);
      const head = swept.graphId ? await getGraph(db, ctx.viewer, { id: swept.graphId }) : null;
      const graph = withCell(head?.graph ?? swept.graph, swept.sweep, input.cell);
      await setPicked(db, ctx.viewer, { id: input.sweepId, cell: input.cell });
      if (!head) {
        const { id, version } = await createGraph(db, ctx.viewer, graph);
        return { graphId: id, version };
      }
      const change = { id: head.id, graph, baseVersion: head.head, reason: 'pick' as const };
      const saved = await saveGraph(db, ctx.viewer, change);
      if (!saved?.saved)
        throw new TRPCError({ code: 'CONFLICT', message: 'The graph is being saved. Pick once more.' });
      return { graphId: head.id, version: saved.version, before: head.version };
    }),

  /** One film of the films of these cells side by side, on a picture that was uploaded before. */
  film: procedure.input(sheetInput.extend({ sweepId: idInput })).mutation(async ({ ctx, input }) => {
    const { name, graphId, cells } = await found(ctx, input.sweepId);
    return makeSweepFilm(ctx, { ...input, name, graphId, cells });
  }),

  remove: procedure.input(z.object({ sweepId: idInput })).mutation(async ({ ctx, input }) => {
    const swept = await found(ctx, input.sweepId);
    if (swept.cells.some(({ state }) => state === 'queued' || state === 'running'))
      throw new TRPCError({ code: 'CONFLICT', message: 'This sweep has not ended. Cancel it first.' });
    await removeSweep(ctx.services.db, ctx.viewer, input.sweepId);
  }),
});

async function found({ services, viewer }: Context, id: string) {
  const swept = await getSweep(services.db, viewer, id);
  if (!swept) throw notFound('sweep');
  return swept;
}

function withCell(graph: Graph, sweep: Sweep, index: number): Graph {
  // It has run: that it is one of many is no objection any more.
  const laid = layOut(graph, sweep, { limit: Number.POSITIVE_INFINITY });
  const [problem] = laid.problems;
  if (problem) throw refusal(`The graph has changed since: ${problem.says} The cell's own graph can still be opened.`);
  const cell = laid.cells.find((one) => one.index === index);
  if (!cell) throw refusal(`There is no cell ${index} in this sweep. Reload the page to see those there are.`);
  return cellGraph(graph, laid, cell);
}

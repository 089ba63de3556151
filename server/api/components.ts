import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { listComponents, publishComponent, removeComponent } from '../store/components';
import { graphInput } from './inputs';
import { notFound, procedure, router } from './trpc';

/** The library of components. Graphs carry the definitions they use: nothing here changes what a graph does. */
export const components = router({
  list: procedure.query(({ ctx }) => listComponents(ctx.services.db, ctx.viewer)),

  /** Puts the component a graph consists of into the library; the version is the one it has there. */
  publish: procedure.input(z.object({ graph: graphInput })).mutation(async ({ ctx, input }) => {
    const stored = await publishComponent(ctx.services.db, ctx.viewer, input.graph);
    if (stored) return stored;
    const message = 'This is not one component. Give a graph of one node that stands for it.';
    throw new TRPCError({ code: 'BAD_REQUEST', message });
  }),

  remove: procedure.input(z.object({ id: z.string().max(64) })).mutation(async ({ ctx, input }) => {
    if (!(await removeComponent(ctx.services.db, ctx.viewer, input.id))) throw notFound('component');
  }),
});

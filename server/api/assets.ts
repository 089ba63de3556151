import { z } from 'zod';
import { assetKinds, getAsset, listAssets, removeAsset } from '../store/assets';
import { idInput, pageInput } from './inputs';
import { notFound, procedure, router } from './trpc';

/** Files people see: uploads and results. Their bytes are at `/api/assets/<id>`, uploads go to `POST /api/assets`. */
export const assets = router({
  list: procedure
    .input(
      z.object({
        kind: z.enum(assetKinds).optional(),
        origin: z.enum(['upload', 'result']).optional(),
        /** Only files with these very bytes: how a graph that names a digest finds its upload. */
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
        /** With graph, prompt and main settings of each result. */
        outlined: z.boolean().optional(),
        ...pageInput,
      }),
    )
    .query(({ ctx, input }) => listAssets(ctx.services.db, ctx.viewer, input)),

  get: procedure.input(z.object({ id: idInput })).query(async ({ ctx, input }) => {
    const found = await getAsset(ctx.services.db, ctx.viewer, input.id);
    if (!found) throw notFound('file');
    return found;
  }),

  remove: procedure.input(z.object({ id: idInput })).mutation(async ({ ctx, input }) => {
    if (!(await removeAsset(ctx.services.db, ctx.viewer, input.id))) throw notFound('file');
  }),
});

import { z } from 'zod';
import { listPresets, removePreset, savePresets } from '../store/presets';
import { idInput } from './inputs';
import { notFound, procedure, router } from './trpc';

const presetInput = z.object({
  type: z.string().min(1).max(64),
  version: z.int().min(1),
  name: z.string().trim().min(1, 'Give it a name.').max(80),
  params: z
    .record(z.string().max(64), z.unknown())
    .refine((params) => JSON.stringify(params).length <= 100_000, 'These settings are too large to be kept.'),
});

/** Named settings of nodes. They are kept here rather than in a browser, so that every browser of a person has them. */
export const presets = router({
  list: procedure
    .input(z.object({ type: z.string().max(64).optional() }))
    .query(({ ctx, input }) => listPresets(ctx.services.db, ctx.viewer, input.type)),

  /** Keeps presets; one of the same type and name gives way. */
  save: procedure
    .input(z.object({ presets: z.array(presetInput).min(1).max(500) }))
    .mutation(({ ctx, input }) => savePresets(ctx.services.db, ctx.viewer, input.presets)),

  remove: procedure.input(z.object({ id: idInput })).mutation(async ({ ctx, input }) => {
    if (!(await removePreset(ctx.services.db, ctx.viewer, input.id))) throw notFound('preset');
  }),
});

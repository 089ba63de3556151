import type { ModelCard } from '../../nodes/values';
import { rememberModels } from '../store/models';
import { procedure, router } from './trpc';

const sorted = (models: Readonly<Record<string, ModelCard>>): ModelCard[] =>
  Object.values(models).sort((a, b) => (a.id < b.id ? -1 : 1));

export const models = router({
  /** Every model in the library, broken ones with the reason. */
  list: procedure.query(async ({ ctx }) => sorted(await ctx.services.library.models())),

  /** Looks at the folders again, after one was added or mended. */
  rescan: procedure.mutation(async ({ ctx }) => {
    const cards = sorted(await ctx.services.library.rescan());
    await rememberModels(ctx.services.db, ctx.viewer, cards);
    return cards;
  }),
});

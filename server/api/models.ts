import os from 'node:os';
import path from 'node:path';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { ModelCard } from '../../nodes/values';
import { addModel, CannotAdd } from '../library/add-model';
import { readLicence } from '../library/licence';
import { removalOf, removeModel } from '../library/remove-model';
import { bytesApart, sizeOnDisk } from '../library/size-on-disk';
import { graphsNaming } from '../store/graphs-naming';
import { rememberedSources, rememberModels } from '../store/models';
import { notFound, procedure, router } from './trpc';

const sorted = (cards: readonly ModelCard[]): ModelCard[] => [...cards].sort((a, b) => (a.id < b.id ? -1 : 1));
const modelInput = z.object({ id: z.string().min(1).max(300) });

export const models = router({
  /** Every model in the library, broken ones with the reason. */
  list: procedure.query(async ({ ctx }) => sorted(Object.values(await ctx.services.library.models()))),

  /** Looks at the folders again, after one was added or mended. */
  rescan: procedure.mutation(async ({ ctx }) => {
    const cards = sorted(Object.values(await ctx.services.library.rescan()));
    await rememberModels(ctx.services.db, ctx.viewer, cards);
    return cards;
  }),

  /** Every model with what there is to know of it beside its card: where it lies, its size, its terms, who uses it. */
  shelf: procedure.query(async ({ ctx }) => {
    const { db, library, verifier, home } = ctx.services;
    const [catalog, naming] = [await library.catalog(), await graphsNaming(db, ctx.viewer)];
    const sizes = await Promise.all([...catalog.values()].map(({ place }) => sizeOnDisk(place)));
    const apart = bytesApart(sizes);
    const shelf = await Promise.all(
      [...catalog].map(async ([id, { card, place }], at) => {
        const { text, ...licence } = await readLicence(place, home);
        const { bytes = 0, files = 0 } = sizes[at] ?? {};
        return {
          ...{ card, kind: place.kind, path: place.path, bytes, files },
          // Models share files: all together take the sum of these.
          bytesApart: apart[at] ?? 0,
          licence: { ...licence, hasText: text !== undefined },
          usedBy: naming.get(id) ?? [],
          removal: await removalOf(catalog, id, home),
          verification: verifier.of(id),
        };
      }),
    );
    return shelf.sort((a, b) => (a.card.title.toLowerCase() < b.card.title.toLowerCase() ? -1 : 1));
  }),

  /** The terms of a model, with their words where they lie beside it. */
  licence: procedure.input(modelInput).query(async ({ ctx, input }) => {
    const place = (await ctx.services.library.catalog()).get(input.id)?.place;
    if (!place) throw notFound('model');
    return readLicence(place, ctx.services.home);
  }),

  /** Takes in a folder or a file of this machine, by a link. */
  add: procedure.input(z.object({ path: z.string().trim().min(1).max(4000) })).mutation(async ({ ctx, input }) => {
    const { library, db } = ctx.services;
    const file = input.path.replace(/^~(?=$|[\\/])/, os.homedir());
    try {
      if (!path.isAbsolute(file))
        throw new CannotAdd(`${input.path}: Write the whole path, from the root of the disk.`);
      const { models: added, wasThere, says } = await addModel(library.places, file, input.path);
      await rememberModels(db, ctx.viewer, Object.values(await library.rescan()));
      return { models: added.map(({ card }) => card), wasThere, says };
    } catch (error) {
      if (error instanceof CannotAdd) throw new TRPCError({ code: 'BAD_REQUEST', message: error.message });
      throw error;
    }
  }),

  /** Begins to read every byte of a model again; how it goes is on the shelf. */
  verify: procedure
    .input(modelInput.extend({ accept: z.boolean().default(false) }))
    .mutation(async ({ ctx, input }) => {
      if (!(await ctx.services.library.catalog()).has(input.id)) throw notFound('model');
      ctx.services.verifier.begin(input.id, input.accept);
    }),

  /** Deletes what Skein has downloaded, or forgets what was added; the rest is not Skein's to remove. */
  remove: procedure.input(modelInput).mutation(async ({ ctx, input }) => {
    const { library, home } = ctx.services;
    const removal = await removalOf(await library.catalog(), input.id, home);
    if (removal.kind === 'none') throw new TRPCError({ code: 'BAD_REQUEST', message: removal.says });
    await removeModel(removal, home);
    await library.rescan();
    return removal;
  }),

  /** Where models that are not here can be had from, as far as this Skein ever knew. */
  sources: procedure.input(z.object({ ids: z.array(z.string().max(300)).max(500) })).query(async ({ ctx, input }) => {
    return Object.fromEntries(await rememberedSources(ctx.services.db, ctx.viewer, input.ids));
  }),
});

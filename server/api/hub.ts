import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { HubProblem } from '../hub/hub-problem';
import { makeOffer } from '../hub/offer';
import { readHub, readHubSettings, saveHub } from '../hub/settings';
import { idInput } from './inputs';
import { procedure, router } from './trpc';

/** What the hub refuses is for the person to mend, not a bug of ours. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HubProblem) throw new TRPCError({ code: 'BAD_REQUEST', message: error.message });
    throw error;
  }
}

const wanted = z.object({
  repository: z.string().min(1).max(400),
  revision: z.string().max(100).optional(),
  picked: z.array(z.string().max(400)).max(200).optional(),
  variant: z.string().max(100).optional(),
});

/** Models of a hub, and their way here. */
export const hub = router({
  settings: procedure.query(({ ctx }) => told(() => readHubSettings(ctx.services.home))),

  /** Sets the address or the token; an empty text takes it back. The token is never told to anybody again. */
  configure: procedure
    .input(z.object({ endpoint: z.string().max(400).optional(), token: z.string().max(600).optional() }))
    .mutation(({ ctx, input: { endpoint, token } }) =>
      told(async () => {
        const change = { ...(endpoint === undefined ? {} : { endpoint }), ...(token === undefined ? {} : { token }) };
        await saveHub(ctx.services.home, change);
        return readHubSettings(ctx.services.home);
      }),
    ),

  /** What a repository would bring, before a byte of it comes. */
  offer: procedure
    .input(wanted)
    .query(({ ctx, input }) => told(async () => makeOffer(ctx.services.home, await readHub(ctx.services.home), input))),

  /** Begins a download. The page says which commit it has shown, so that nothing else comes. */
  get: procedure.input(wanted).mutation(({ ctx, input }) =>
    told(async () => {
      const offer = await makeOffer(ctx.services.home, await readHub(ctx.services.home), input);
      return { id: await ctx.services.downloads.start(offer) };
    }),
  ),

  downloads: procedure.query(({ ctx }) => ctx.services.downloads.list()),
  pause: procedure
    .input(z.object({ id: idInput }))
    .mutation(({ ctx, input }) => told(() => ctx.services.downloads.pause(input.id))),
  resume: procedure
    .input(z.object({ id: idInput }))
    .mutation(({ ctx, input }) => told(() => ctx.services.downloads.resume(input.id))),
  discard: procedure
    .input(z.object({ id: idInput }))
    .mutation(({ ctx, input }) => told(() => ctx.services.downloads.discard(input.id))),
});

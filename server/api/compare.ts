import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { ComparisonState, LatentComparison } from '../media/compare-process';
import { type AssetSummary, getAsset } from '../store/assets';
import { getRun } from '../store/runs';
import { idInput } from './inputs';
import { latentBehind } from './latent-behind';
import { type Context, procedure, router } from './trpc';

const pairInput = z.object({ a: idInput, b: idInput });

/**
 * Two files held against each other. Both procedures answer at once with how far the work is, which another process does;
 * the page asks again until it is done. What came out is kept by the digests of both.
 */
export const compare = router({
  /** Sizes, the part that both have, and its measures frame by frame. */
  films: procedure.input(pairInput).query(async ({ ctx, input }) => {
    const { comparisons, cache } = ctx.services;
    const [a, b] = await both(ctx, input);
    const gone = [a, b].find(({ sha256 }) => cache.files.bytes(sha256) === null);
    if (gone)
      return {
        state: 'failed' as const,
        says: `${gone === a ? 'A' : 'B'}, ${gone.name}, is no longer on disk. ${gone.runId ? 'Run its graph again to make it anew.' : 'Upload it again.'}`,
      };
    const [fileA, fileB] = [a, b].map(({ sha256 }) => ({ sha256, file: cache.files.path(sha256) }));
    return comparisons.films(fileA!, fileB!);
  }),

  /** How far the latents they were decoded from are apart, one number for each latent frame. */
  latents: procedure.input(pairInput).query(async ({ ctx, input }): Promise<ComparisonState<LatentComparison>> => {
    const { comparisons, home } = ctx.services;
    const pair = await both(ctx, input);
    const places = await Promise.all(pair.map((asset, i) => latentOf(ctx, asset, 'AB'[i]!)));
    const [a, b] = places.flatMap(({ at }) => at ?? []);
    if (a && b) return comparisons.latents(home, a, b);
    return { state: 'failed', says: places.flatMap(({ reason }) => reason ?? []).join(' ') };
  }),
});

async function both({ services, viewer }: Context, { a, b }: { a: string; b: string }) {
  const [first, second] = await Promise.all([a, b].map((id) => getAsset(services.db, viewer, id)));
  if (first && second) return [first, second] as const;
  const name = first ? 'B' : 'A';
  const message = `${name} is not there any more. Choose another to compare with.`;
  throw new TRPCError({ code: 'NOT_FOUND', message });
}

async function latentOf({ services, viewer }: Context, { runId, node }: AssetSummary, name: string) {
  const found = runId && node ? await getRun(services.db, viewer, runId) : null;
  if (!found || !node) return { reason: `${name} was uploaded, and no latent led to it.` };
  return latentBehind(services, { graph: found.graph, node, name });
}

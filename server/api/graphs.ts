import { z } from 'zod';
import { templates } from '../../graphs/registry';
import { type Graph, readGraph } from '../../nodes/graph';
import { tidyTags } from '../../nodes/tags';
import {
  createGraph,
  getGraph,
  listGraphs,
  listVersions,
  nameVersion,
  removeGraph,
  type Saved,
  saveGraph,
} from '../store/graphs';
import { graphInput, idInput } from './inputs';
import { coverOf } from './template-covers';
import { notFound, procedure, router, SaveConflict } from './trpc';

const versionInput = z.int().min(1);

/** The new version, or CONFLICT. */
function settled(saved: Saved | null): { version: number } {
  if (!saved) throw notFound('graph');
  if (saved.saved) return { version: saved.version };
  throw new SaveConflict({ current: saved.current, kept: saved.kept, savedAt: saved.savedAt });
}

export const graphs = router({
  /** All graphs, newest first, each with the newest film made from it. */
  list: procedure.query(({ ctx }) => listGraphs(ctx.services.db, ctx.viewer)),

  get: procedure.input(z.object({ id: idInput, version: versionInput.optional() })).query(async ({ ctx, input }) => {
    const found = await getGraph(ctx.services.db, ctx.viewer, input);
    if (!found) throw notFound('graph');
    return found;
  }),

  create: procedure
    .input(z.object({ graph: graphInput }))
    .mutation(({ ctx, input }) => createGraph(ctx.services.db, ctx.viewer, input.graph)),

  /** Saves on top of `baseVersion`. When another tab was faster: CONFLICT, with both versions kept (`data.conflict`). */
  save: procedure
    .input(z.object({ id: idInput, graph: graphInput, baseVersion: versionInput }))
    .mutation(async ({ ctx, input }) => settled(await saveGraph(ctx.services.db, ctx.viewer, input))),

  versions: procedure
    .input(z.object({ id: idInput }))
    .query(({ ctx, input }) => listVersions(ctx.services.db, ctx.viewer, input.id)),

  /** Makes an old version the newest one; the history stays. */
  restore: procedure.input(z.object({ id: idInput, version: versionInput })).mutation(async ({ ctx, input }) => {
    const old = await getGraph(ctx.services.db, ctx.viewer, input);
    if (!old) throw notFound('version');
    const change = { id: old.id, graph: old.graph, baseVersion: old.head, reason: 'restore' as const };
    return { ...settled(await saveGraph(ctx.services.db, ctx.viewer, change)), graph: old.graph };
  }),

  rename: procedure
    .input(z.object({ id: idInput, name: z.string().trim().min(1).max(200) }))
    .mutation(async ({ ctx, input }) => {
      const old = await getGraph(ctx.services.db, ctx.viewer, { id: input.id });
      if (!old) throw notFound('graph');
      const change = { id: old.id, graph: { ...old.graph, name: input.name }, baseVersion: old.head };
      return settled(await saveGraph(ctx.services.db, ctx.viewer, change));
    }),

  /** Puts these tags on a graph instead of those it has. */
  tag: procedure
    .input(z.object({ id: idInput, tags: z.array(z.string().max(200)).max(100) }))
    .mutation(async ({ ctx, input }) => {
      const old = await getGraph(ctx.services.db, ctx.viewer, { id: input.id });
      if (!old) throw notFound('graph');
      const { tags: _, ...rest } = old.graph;
      const tags = tidyTags(input.tags);
      const change = { id: old.id, graph: tags.length ? { ...rest, tags } : rest, baseVersion: old.head };
      return settled(await saveGraph(ctx.services.db, ctx.viewer, change));
    }),

  /** Calls a version something, so that it is found again and kept; null takes the name away. */
  nameVersion: procedure
    .input(z.object({ id: idInput, version: versionInput, name: z.string().trim().min(1).max(80).nullable() }))
    .mutation(async ({ ctx, input }) => {
      if (!(await nameVersion(ctx.services.db, ctx.viewer, input))) throw notFound('version');
    }),

  duplicate: procedure.input(z.object({ id: idInput })).mutation(async ({ ctx, input }) => {
    const old = await getGraph(ctx.services.db, ctx.viewer, input);
    if (!old) throw notFound('graph');
    const name = `${old.graph.name} (copy)`.slice(0, 200);
    return createGraph(ctx.services.db, ctx.viewer, { ...old.graph, name });
  }),

  remove: procedure.input(z.object({ id: idInput })).mutation(async ({ ctx, input }) => {
    if (!(await removeGraph(ctx.services.db, ctx.viewer, input.id))) throw notFound('graph');
  }),

  /** Graphs worth keeping, to begin from, with what they make; the simplest first. */
  templates: procedure.query(async () => {
    const found = Object.entries(templates)
      .flatMap(([id, source]): { id: string; graph: Graph }[] => {
        const { graph } = readGraph(source);
        return graph ? [{ id, graph }] : [];
      })
      .sort((a, b) => a.graph.nodes.length - b.graph.nodes.length);
    return Promise.all(found.map(async (one) => ({ ...one, cover: await coverOf(one.id) })));
  }),
});

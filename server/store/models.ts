import type { ModelCard, ModelSource } from '../../nodes/values';
import { type Db, transact, type Viewer } from './database';

/** Notes which models were there, digest by digest, so that an old run can say what it used after a folder changed. */
export function rememberModels(db: Db, viewer: Viewer, cards: readonly ModelCard[]): Promise<void> {
  return transact(db, async (tx) => {
    const seenAt = new Date();
    for (const { id, digest, title, family, ...rest } of cards) {
      const key = { ownerId: viewer.ownerId, id, digest };
      const about = { title, family, card: JSON.stringify({ id, digest, title, family, ...rest }), seenAt };
      await tx.model.upsert({
        where: { ownerId_id_digest: key },
        create: { ...key, ...about },
        update: about,
      });
    }
  });
}

/** Where models that were once here had been downloaded from, as far as it is known: by id, the newest memory of each. */
export async function rememberedSources(
  db: Db,
  viewer: Viewer,
  ids: readonly string[],
): Promise<Map<string, ModelSource>> {
  const rows = await db.model.findMany({
    where: { ownerId: viewer.ownerId, id: { in: [...ids] } },
    orderBy: { seenAt: 'asc' },
    select: { id: true, card: true },
  });
  const sources = new Map<string, ModelSource>();
  for (const { id, card } of rows) {
    // Written by `rememberModels`.
    const { source } = JSON.parse(card) as ModelCard;
    if (source) sources.set(id, source);
  }
  return sources;
}

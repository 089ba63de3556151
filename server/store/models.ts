import type { ModelCard } from '../../nodes/values';
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

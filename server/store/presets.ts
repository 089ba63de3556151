import { emptyGraph, readGraph } from '../../nodes/graph';
import type { Db, Viewer } from './database';
import { newId } from './new-id';

/** Settings of one type of node under a name. `params` are those of the node's present version where they could be carried over. */
export interface Preset {
  id: string;
  type: string;
  version: number;
  name: string;
  params: Record<string, unknown>;
}

/** Presets by name: of one type of node, or all. */
export async function listPresets(db: Db, viewer: Viewer, type?: string): Promise<Preset[]> {
  const rows = await db.preset.findMany({
    where: { ownerId: viewer.ownerId, ...(type === undefined ? {} : { type }) },
    orderBy: [{ type: 'asc' }, { name: 'asc' }],
  });
  return rows.map(({ id, name, type: of, version, params }) => ({
    id,
    name,
    // Written by us as JSON of exactly this type.
    ...carriedOver({ type: of, version, params: JSON.parse(params) as Record<string, unknown> }),
  }));
}

/** Keeps settings under a name; those that had it give way. Several at once: all or none. */
export async function savePresets(db: Db, viewer: Viewer, presets: readonly Omit<Preset, 'id'>[]): Promise<void> {
  const { ownerId } = viewer;
  await db.$transaction(
    presets.map(({ type, version, name, params }) => {
      const data = { version, params: JSON.stringify(params) };
      return db.preset.upsert({
        where: { ownerId_type_name: { ownerId, type, name } },
        create: { id: newId(), ownerId, type, name, ...data },
        update: data,
      });
    }),
  );
}

/** False when there was none. */
export const removePreset = async (db: Db, { ownerId }: Viewer, id: string): Promise<boolean> =>
  (await db.preset.deleteMany({ where: { id, ownerId } })).count > 0;

/** Params of an older definition as those of the present one, by the same steps as a saved graph takes. */
function carriedOver(made: Pick<Preset, 'type' | 'version' | 'params'>): Pick<Preset, 'type' | 'version' | 'params'> {
  const { graph } = readGraph({ ...emptyGraph(), nodes: [{ id: 'preset', ...made }] });
  const node = graph?.nodes[0];
  return node ? { type: node.type, version: node.version, params: node.params } : made;
}

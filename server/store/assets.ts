import type { OutputSummary, RunHappening } from '../../nodes/events';
import { readGraph } from '../../nodes/graph';
import { type Outline, outlineOf } from '../../nodes/outline';
import type { Db, Tx, Viewer } from './database';
import type { EventOf } from './events';
import { newId } from './new-id';

export const assetKinds = ['image', 'video', 'audio', 'tensors'] as const;
export type AssetKind = (typeof assetKinds)[number];

/** A file people can see: an upload or a result. Addressed by `id` only, stored under its digest. */
export interface AssetSummary {
  id: string;
  sha256: string;
  kind: AssetKind;
  mime: string;
  name: string;
  bytes: number;
  width: number | null;
  height: number | null;
  frames: number | null;
  seconds: number | null;
  origin: 'upload' | 'result';
  runId: string | null;
  node: string | null;
  graphId: string | null;
  createdAt: Date;
}

/** What kind of thing a file is to people: what moves is a video, whatever its format. */
export function assetKind(mime: string, frames = 1): AssetKind {
  if (mime.startsWith('video/') || mime === 'image/gif' || (mime.startsWith('image/') && frames > 1)) return 'video';
  if (mime.startsWith('audio/')) return 'audio';
  return mime.startsWith('image/') ? 'image' : 'tensors';
}

type Row = Omit<AssetSummary, 'bytes' | 'kind' | 'origin'> & { bytes: bigint; kind: string; origin: string };

/** A row of the table as the page gets it. */
export function summaryOfAsset(row: Row): AssetSummary {
  const { id, sha256, mime, name, width, height, frames, seconds, runId, node, graphId, createdAt } = row;
  const rest = { id, sha256, mime, name, width, height, frames, seconds, runId, node, graphId, createdAt };
  // Sound: both columns are written in this file only.
  const kind = row.kind as AssetKind;
  return { ...rest, kind, origin: row.origin as AssetSummary['origin'], bytes: Number(row.bytes) };
}

interface Listing {
  kind?: AssetKind;
  origin?: AssetSummary['origin'];
  sha256?: string;
  cursor?: string;
  limit: number;
  /** With an outline of what each was made of. */
  outlined?: boolean;
}
export type ListedAsset = AssetSummary & { outline?: Outline };

/** Uploads and results, newest first, a page at a time. */
export async function listAssets(
  db: Db,
  viewer: Viewer,
  page: Listing,
): Promise<{ assets: ListedAsset[]; next: string | null }> {
  const rows = await db.asset.findMany({
    where: {
      ownerId: viewer.ownerId,
      removedAt: null,
      ...(page.kind ? { kind: page.kind } : {}),
      ...(page.origin ? { origin: page.origin } : {}),
      ...(page.sha256 ? { sha256: page.sha256 } : {}),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: page.limit + 1,
    ...(page.cursor ? { cursor: { id: page.cursor }, skip: 1 } : {}),
  });
  const plain = rows.slice(0, page.limit).map(summaryOfAsset);
  const assets = page.outlined ? await outlined(db, plain) : plain;
  return { assets, next: rows.length > page.limit ? (assets.at(-1)?.id ?? null) : null };
}

async function outlined(db: Db, assets: AssetSummary[]): Promise<ListedAsset[]> {
  const ids = [...new Set(assets.flatMap(({ runId }) => runId ?? []))];
  const runs = await db.run.findMany({ where: { id: { in: ids } }, select: { id: true, document: true } });
  const documents = new Map(runs.map(({ id, document }) => [id, document]));
  return assets.map((asset) => {
    // One that no longer reads keeps nobody from the list.
    const { graph } = readGraph(documents.get(asset.runId ?? ''));
    return graph ? { ...asset, outline: outlineOf(graph, asset.node) } : asset;
  });
}

/** One asset; null when there is none or it belongs to somebody else. */
export async function getAsset(db: Db, viewer: Viewer, id: string): Promise<AssetSummary | null> {
  const row = await db.asset.findFirst({ where: { id, ownerId: viewer.ownerId, removedAt: null } });
  return row && summaryOfAsset(row);
}

/** Where the viewer can fetch files of these digests: the newest asset of each that is in the library, by digest. */
export async function newestAssets(db: Db, viewer: Viewer, digests: readonly string[]): Promise<Map<string, string>> {
  if (!digests.length) return new Map();
  const rows = await db.asset.findMany({
    where: { ownerId: viewer.ownerId, removedAt: null, sha256: { in: [...new Set(digests)] } },
    orderBy: { createdAt: 'asc' },
    select: { sha256: true, id: true },
  });
  return new Map(rows.map(({ sha256, id }) => [sha256, id]));
}

export interface NewUpload {
  sha256: string;
  mime: string;
  name: string;
  bytes: number;
  width?: number;
  height?: number;
  frames?: number;
  seconds?: number;
}

/** Enters an uploaded file. The blob is in its place before this is called. */
export const addUpload = (db: Db, viewer: Viewer, file: NewUpload) =>
  addFile(db, viewer, { ...file, origin: 'upload' });

/** Enters a file that was made of results, by no run of its own. */
export const addMade = (db: Db, viewer: Viewer, file: NewUpload & { graphId: string | null }) =>
  addFile(db, viewer, { ...file, origin: 'result' });

async function addFile(
  db: Db,
  viewer: Viewer,
  file: NewUpload & { origin: AssetSummary['origin']; graphId?: string | null },
): Promise<AssetSummary> {
  const row = await db.asset.create({
    data: {
      ...file,
      id: newId(),
      ownerId: viewer.ownerId,
      kind: assetKind(file.mime, file.frames),
      bytes: BigInt(file.bytes),
    },
  });
  return summaryOfAsset(row);
}

/** Takes an asset out of the lists. The bytes stay while a graph may still name them by digest. */
export async function removeAsset(db: Db, viewer: Viewer, id: string): Promise<boolean> {
  const where = { id, ownerId: viewer.ownerId, removedAt: null };
  return (await db.asset.updateMany({ where, data: { removedAt: new Date() } })).count === 1;
}

/**
 * Enters the files among the outputs of finished nodes, and writes their ids into the happenings. A node that finishes
 * again in a later attempt keeps its ids.
 */
export async function enterResults(tx: Tx, run: EventOf, happenings: RunHappening[]): Promise<void> {
  const files = happenings.flatMap((happening) =>
    happening.type === 'node.done' || happening.type === 'node.reused'
      ? Object.entries(happening.outputs).flatMap(([port, output]) =>
          output.file ? [{ node: happening.node, port, file: output.file, facts: output.facts }] : [],
        )
      : [],
  );
  if (!files.length) return;
  const nodes = [...new Set(files.map((one) => one.node))];
  const old = await tx.asset.findMany({ where: { runId: run.id, node: { in: nodes } } });
  for (const { node, port, file, facts } of files) {
    const known = old.find((row) => row.node === node && row.port === port);
    if (known) await tx.asset.update({ where: { id: known.id }, data: aboutFile(file, facts) });
    const made = known ?? (await tx.asset.create({ data: newResult(run, { node, port, file, facts }) }));
    file.asset = made.id;
  }
}

type ResultFile = NonNullable<OutputSummary['file']>;
const aboutFile = ({ sha256, mime, name, bytes }: ResultFile, facts: OutputSummary['facts']) => ({
  ...{ sha256, mime, name, bytes: BigInt(bytes) },
  ...sizes(facts),
});

/** The row of a file that a node of a run has made, with a new id. */
export function newResult(
  run: EventOf,
  { node, port, file, facts }: { node: string; port: string; file: ResultFile; facts: OutputSummary['facts'] },
) {
  const data = aboutFile(file, facts);
  const place = { runId: run.id, node, port, graphId: run.graphId, origin: 'result' };
  return { id: newId(), ownerId: run.ownerId, kind: assetKind(file.mime, data.frames ?? 1), ...place, ...data };
}

function sizes(facts: OutputSummary['facts']) {
  const number = (name: string) => (typeof facts[name] === 'number' ? facts[name] : null);
  return { width: number('width'), height: number('height'), frames: number('frames'), seconds: number('seconds') };
}

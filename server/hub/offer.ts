import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { familyOf } from '../inference/card';
import { downloadOf, ownModels, provenanceName } from '../inference/provenance';
import { freeBytes } from '../store/blobs-errors';
import { type Choice, chooseFiles, type Wish } from './choose-files';
import { readRepositoryName } from './file-names';
import { HubProblem } from './hub-problem';
import { bytesOf, lackOfRoom } from './order';
import { type HubFile, type LicenceNote, type Repository, readRepository, readSmallFile } from './repository';
import type { Hub } from './settings';

/** What a download would bring, before a byte of it has come. */
export interface Offer extends Choice {
  name: string;
  endpoint: string;
  revision: string;
  /** Of all that would be taken. */
  bytes: number;
  /** Free on the disk it would go to. */
  free: number;
  licence: LicenceNote & { text?: string };
  isGated: boolean;
  /** The folder of the same files, when they were downloaded before. */
  there?: string;
}

export interface OfferAsked extends Wish {
  /** `owner/name`, or its address. */
  repository: string;
  revision?: string | undefined;
}

const pipelineIndex = z.looseObject({ _class_name: z.string() });

/**
 * Asks the hub what a repository holds, and says what of it would be taken. What stands against it is its `problem`; throws
 * `HubProblem` when the hub cannot be asked, or gives nothing.
 */
export async function makeOffer(home: string, hub: Hub, asked: OfferAsked): Promise<Offer> {
  const named = readRepositoryName(asked.repository);
  const revision = asked.revision || named.revision;
  const repository = await readRepository(hub, { name: named.name, ...(revision ? { revision } : {}) });
  const choice = chooseFiles(repository.name, repository.files, asked);
  const bytes = bytesOf({ files: choice.take });
  const problem = choice.problem ?? (await objection(hub, repository, choice)) ?? (await lackOfRoom(home, bytes));
  const there = await sameDownload(home, repository, choice.take);
  return {
    ...choice,
    ...{ name: repository.name, endpoint: hub.endpoint, revision: repository.revision, bytes, free: freeBytes(home) },
    licence: await withText(hub, repository),
    isGated: repository.isGated,
    ...(problem ? { problem } : {}),
    ...(there ? { there } : {}),
  };
}

/** Whether its pipeline is one that Skein runs. Gated repositories say here already that they are. */
async function objection(hub: Hub, { name, revision }: Repository, { kind }: Choice): Promise<string | undefined> {
  if (kind !== 'folder') return undefined;
  const text = await readSmallFile(hub, { name, revision, path: 'model_index.json' });
  try {
    familyOf(pipelineIndex.parse(JSON.parse(text)), name);
  } catch (error) {
    const isOurs = error instanceof Error && error.message.startsWith(name);
    return isOurs
      ? error.message
      : `${name}: its model_index.json does not say which pipeline it is for. Choose another repository.`;
  }
  return undefined;
}

async function withText(hub: Hub, { name, revision, files, licence }: Repository): Promise<Offer['licence']> {
  const file = files.find(({ path, bytes }) => /^(LICEN[CS]E|COPYING)[\w.-]*$/i.test(path) && bytes <= 256 << 10);
  if (!file) return licence;
  // Of a gated repository it may be out of reach as well; its name is known in any case.
  const text = await readSmallFile(hub, { name, revision, path: file.path }).catch(() => undefined);
  return text === undefined ? licence : { ...licence, text };
}

/** The folder of an earlier download that has all these files, of the same commit. */
async function sameDownload(
  home: string,
  { name, revision }: Repository,
  take: readonly HubFile[],
): Promise<string | null> {
  if (!take.length) return null;
  for (const folder of await readdir(ownModels(home)).catch((): string[] => [])) {
    const path = await realpath(join(ownModels(home), folder)).catch(() => null);
    const known = path && (await downloadOf(join(path, provenanceName), home));
    if (!known || known.repository !== name || known.revision !== revision) continue;
    const paths = new Set(known.files.map(({ path }) => path));
    if (take.every(({ path }) => paths.has(path))) return folder;
  }
  return null;
}

/** Refuses what cannot be downloaded as offered. */
export function mustBeGood(offer: Offer): void {
  if (offer.problem) throw new HubProblem('refused', offer.problem);
  if (offer.there)
    throw new HubProblem(
      'refused',
      `${offer.name} is here already, in the folder ${offer.there}. To load it anew, remove it first.`,
    );
  if (!offer.take.length)
    throw new HubProblem(
      'refused',
      `${offer.name} has several single files. Say which: ${offer.offered.map(({ path }) => path).join(', ')}.`,
    );
}

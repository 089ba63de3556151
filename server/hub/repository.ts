import { HubApiError, type ListFileEntry, listFiles, modelInfo } from '@huggingface/hub';
import { hubFetch } from './hub-fetch';
import { HubProblem } from './hub-problem';
import type { Hub } from './settings';

/** A file as the hub describes it. `sha256` is that of its bytes (large files), `blob` git's digest of small ones. */
export interface HubFile {
  path: string;
  bytes: number;
  sha256?: string;
  blob?: string;
}

/** What a repository says of its licence: an identifier (`apache-2.0`), or a name and where it can be read. */
export interface LicenceNote {
  id?: string;
  name?: string;
  link?: string;
}

/** A model repository at one commit. */
export interface Repository {
  name: string;
  revision: string;
  /** Its files are given only to those who have agreed to something. */
  isGated: boolean;
  files: HubFile[];
  licence: LicenceNote;
}

/** More files than any model has. */
const mostFiles = 20_000;

/** Asks the hub what a repository holds now, or at a revision. Throws `HubProblem`. */
export async function readRepository(hub: Hub, about: { name: string; revision?: string }): Promise<Repository> {
  const asked = { hubUrl: hub.endpoint, fetch: hubFetch(hub) };
  try {
    const info = await modelInfo({ ...asked, ...about, additionalFields: ['sha', 'cardData'] });
    if (!/^[0-9a-f]{40}$/.test(info.sha))
      throw new HubProblem(
        'network',
        `${hub.endpoint} does not say which commit ${about.name} is at. Check that this is the address of a hub.`,
      );
    const files: HubFile[] = [];
    for await (const entry of listFiles({ ...asked, repo: about.name, revision: info.sha, recursive: true })) {
      if (entry.type === 'file') files.push(fileOf(entry));
      if (files.length > mostFiles)
        throw new HubProblem(
          'refused',
          `${about.name} has more than ${mostFiles} files. Choose a repository with one model.`,
        );
    }
    return {
      name: about.name,
      revision: info.sha,
      isGated: Boolean(info.gated),
      files,
      licence: noteOf(info.cardData),
    };
  } catch (error) {
    throw explained(error, { hub, ...about });
  }
}

function fileOf({ path, size, oid, lfs }: ListFileEntry): HubFile {
  // The package hands on whatever JSON came.
  const isPlain = typeof path === 'string' && Number.isSafeInteger(lfs?.size ?? size) && (lfs?.size ?? size) >= 0;
  if (!isPlain) throw new SyntaxError('a file without a name or a size');
  const sha256 = lfs && /^[0-9a-f]{64}$/.test(lfs.oid) ? lfs.oid : undefined;
  const blob = !lfs && oid && /^[0-9a-f]{40}$/.test(oid) ? oid : undefined;
  return { path, bytes: lfs?.size ?? size, ...(sha256 ? { sha256 } : {}), ...(blob ? { blob } : {}) };
}

/** Whatever stands in a model card is a stranger's: only words of a sensible length are taken. */
function noteOf(card: unknown): LicenceNote {
  const said = (card ?? {}) as Record<string, unknown>; // JSON of any shape; each field is looked at below
  const word = (key: string) => {
    const value = said[key];
    return typeof value === 'string' && value.length <= 300 ? value : undefined;
  };
  const [id, name, link] = [word('license'), word('license_name'), word('license_link')];
  return {
    ...(id ? { id } : {}),
    ...(name ? { name } : {}),
    ...(link && /^https:\/\//.test(link) ? { link } : {}),
  };
}

/** The address of a file's bytes. */
export function fileUrl(hub: Hub, at: { name: string; revision: string; path: string }): URL {
  const path = at.path.split('/').map(encodeURIComponent).join('/');
  return new URL(`${hub.endpoint}/${at.name}/resolve/${at.revision}/${path}`);
}

/** A small file as text. Throws `HubProblem`, also when it is longer than `most` bytes. */
export async function readSmallFile(
  hub: Hub,
  at: { name: string; revision: string; path: string },
  most = 256 << 10,
): Promise<string> {
  try {
    const answer = await hubFetch(hub)(fileUrl(hub, at));
    if (!answer.ok || !answer.body) throw refusalOf(answer.status, { hub, name: at.name });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body) {
      bytes += chunk.length;
      if (bytes > most)
        throw new HubProblem(
          'refused',
          `${at.name}: ${at.path} is larger than it should be. Choose another repository.`,
        );
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    throw explained(error, { hub, name: at.name });
  }
}

interface Asked {
  hub: Hub;
  name: string;
  revision?: string;
}

/** Whatever went wrong, in our words. */
export function explained(error: unknown, asked: Asked): unknown {
  if (error instanceof HubProblem || (error instanceof Error && error.name === 'AbortError')) return error;
  if (error instanceof HubApiError) return refusalOf(error.statusCode, asked);
  if (error instanceof SyntaxError)
    return new HubProblem(
      'network',
      `${asked.hub.endpoint} answered with something else than a hub would. Check its address.`,
    );
  const why = error instanceof Error ? error.message : String(error);
  return new HubProblem('network', `${new URL(asked.hub.endpoint).host} broke off (${why}). Try again.`);
}

/** What a status means for the person who asked, and what to do. */
export function refusalOf(status: number, { hub, name, revision }: Asked): HubProblem {
  const host = new URL(hub.endpoint).host;
  const page = `${hub.endpoint}/${name}`;
  const where = `get a token at ${hub.endpoint}/settings/tokens (kind "read"), and set it under "Hub" on the Models page or as HF_TOKEN`;
  if (status === 401 && hub.token === undefined)
    return new HubProblem(
      'access',
      `${name} is gated, private or not there. Check the spelling. If it is gated: agree to its terms at ${page}, ${where}.`,
    );
  if (status === 401)
    return new HubProblem(
      'access',
      `${host} does not know the access token that is set here, or there is no ${name}. Check the spelling, or ${where}.`,
    );
  if (status === 403)
    return new HubProblem(
      'access',
      `${host} knows you, but you may not have ${name} yet. Agree to its terms at ${page} with the account of your token; the owner may have to let you in. Then try again.`,
    );
  if (status === 404)
    return new HubProblem(
      'missing',
      `There is no ${name}${revision ? ` at revision ${revision}` : ''} at ${host}. Check the spelling at ${page}.`,
    );
  if (status === 429)
    return new HubProblem(
      'network',
      `${host} asks to be left alone for a while (too many requests). Try again in a few minutes.`,
    );
  return new HubProblem('network', `${host} answered with status ${status}. Try again later.`);
}

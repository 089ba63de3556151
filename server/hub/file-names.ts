import { HubProblem } from './hub-problem';

const longest = 150;
const deepest = 5;

/** `owner/name`, as people write it or as it stands in a browser's address bar, and a revision if there is one. */
export function readRepositoryName(text: string): { name: string; revision?: string } {
  const plain = text.trim().replace(/^https?:\/\/[^/]+\//, '');
  const [path = '', at] = plain.split('@');
  const [owner, name, tree, ...rest] = path.replace(/\/+$/, '').split('/');
  const revision = at ?? (tree === 'tree' && rest.length ? decodeURIComponent(rest.join('/')) : undefined);
  const isName = (word: string | undefined) => word !== undefined && /^[A-Za-z0-9][\w.-]{0,95}$/.test(word);
  const isRevision = revision === undefined || (/^[\w./-]{1,100}$/.test(revision) && !revision.includes('..'));
  if (!isName(owner) || !isName(name) || (tree !== undefined && tree !== 'tree') || !isRevision) {
    const says = 'is not the name of a repository. Write owner/name, as in Wan-AI/Wan2.1-T2V-1.3B-Diffusers.';
    throw new HubProblem('refused', `"${text.trim().slice(0, 120)}" ${says}`);
  }
  return { name: `${owner}/${name}`, ...(revision === undefined ? {} : { revision }) };
}

/** Why a file's name in a repository may not become a path on this disk; null when it may. */
export function unsafeName(path: string): string | null {
  const words = path.split('/');
  const isSafe = (word: string) =>
    /^[\w][\w.+,() =@~#%-]*$/.test(word) && !/[. ]$/.test(word) && !word.includes('..') && word.length <= longest;
  if (words.length <= deepest && words.every(isSafe)) return null;
  return `The file name "${path.slice(0, 120)}" could lead out of its folder. Skein takes nothing from this repository: tell its owner.`;
}

import { isCalledLikeOurs } from '../inference/foreign-format';
import { byExactness, stems, weightSets } from '../inference/weight-names';
import { unsafeName } from './file-names';
import type { HubFile } from './repository';

/** What of a repository Skein would take, and what it leaves. */
export interface Choice {
  /** `folder`: a model in the diffusers layout. `files`: single files, of which people choose. */
  kind: 'folder' | 'files';
  take: HubFile[];
  /** Single files to choose from; beside a folder they are there too (LTX-Video's), to be had in its place. */
  offered: HubFile[];
  /**
   * Where parts come in several variants (diffusers' `fp16`, `bf16`): each with the bytes of all that would be taken with it. A
   * part that lacks it comes as it would be read. The plain weights are called by an empty name.
   */
  variants: { name: string; bytes: number }[];
  /** Which of these is taken. */
  variant: string;
  /** Bytes of all that stays behind: other formats, other variants, samples. */
  leftBytes: number;
  /** Why nothing can be taken: a sentence with a remedy. */
  problem?: string;
}

const weighty = ['transformer', 'transformer_2', 'vae', 'text_encoder', 'image_encoder'];
const light = ['tokenizer', 'scheduler', 'image_processor'];
const papers = /^(README\.md|(LICEN[CS]E|NOTICE|COPYING|USE_POLICY)[\w.-]*)$/i;
const settings = /\.json$|^spiece\.model$/;
/** Formats that are programs, or may be: unpickling runs what their maker wrote. */
const pickles = /\.(bin|pt|pth|ckpt|pkl|pickle)$/i;
/** No JSON or text of a model is larger, in bytes. */
const mostSmall = 64 << 20;

const sizeOf = (files: readonly HubFile[]) => files.reduce((sum, { bytes }) => sum + bytes, 0);
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const isIn = (folder: string) => (file: HubFile) =>
  file.path.startsWith(`${folder}/`) && !file.path.slice(folder.length + 1).includes('/');
const isAtRoot = ({ path }: HubFile) => !path.includes('/');

/** What a person has chosen of a repository. */
export interface Wish {
  /** Of single files: which. */
  picked?: readonly string[] | undefined;
  /** Of a folder's variants: which. */
  variant?: string | undefined;
}

/**
 * Chooses what to take: safetensors, configs, tokenizer, licence; never a pickle. Of a folder's variants one comes: the one that was
 * asked for, else the one that would be read if all were there. Of single files those `picked` are taken, or the one there is.
 * Pure; the names it returns are safe as paths.
 */
export function chooseFiles(repository: string, files: readonly HubFile[], wish: Wish = {}): Choice {
  const picked = wish.picked ?? [];
  const isFolder = files.some(({ path }) => path === 'model_index.json');
  const choice =
    isFolder && !picked.length
      ? wholeFolder(repository, files, wish.variant)
      : { ...singleFiles(repository, files, picked), variants: [], variant: '' };
  const unsafe = choice.take.map(({ path }) => unsafeName(path)).find((says) => says !== null);
  const problem = choice.problem ?? unsafe ?? sameName(choice.take);
  return { ...choice, leftBytes: sizeOf(files) - sizeOf(choice.take), ...(problem ? { problem } : {}) };
}

type Chosen = Omit<Choice, 'leftBytes'>;

function wholeFolder(repository: string, files: readonly HubFile[], wanted: string | undefined): Chosen {
  const names = new Set(weighty.flatMap((folder) => setsIn(files.filter(isIn(folder))).map((set) => set.variant)));
  const inOrder = [...names].sort(byExactness);
  const variants = thoseThatDiffer(files, inOrder);
  const lacks = wanted !== undefined && !names.has(wanted);
  const variant = (lacks ? undefined : wanted) ?? inOrder[0] ?? '';
  const { take, problem } = takeFolder(files, variant);
  const says = lacks
    ? `${repository} has no variant "${wanted}". There are: ${inOrder.map((name) => name || 'the plain one').join(', ') || 'none'}.`
    : problem && noWeights(repository, problem);
  return {
    ...{ kind: 'folder', take, offered: files.filter(isSingle), variant },
    variants: variants.length > 1 ? variants : [],
    ...(says ? { problem: says } : {}),
  };
}

/** Of variants that would bring the same files, the first one. */
function thoseThatDiffer(files: readonly HubFile[], names: readonly string[]): Choice['variants'] {
  const seen = new Set<string>();
  return names.flatMap((name) => {
    const { take } = takeFolder(files, name);
    const all = take.map(({ path }) => path).join('\n');
    if (seen.has(all)) return [];
    seen.add(all);
    return [{ name, bytes: sizeOf(take) }];
  });
}

const setsIn = (inside: readonly HubFile[]) =>
  weightSets(inside.map(({ path }) => nameOf(path))).filter(({ files }) => files.length > 0);

type Lacking = { folder: string; inside: readonly HubFile[] };

function takeFolder(files: readonly HubFile[], variant: string): { take: HubFile[]; problem?: Lacking } {
  const take = files.filter(
    (file) => isAtRoot(file) && (papers.test(file.path) || ['model_index.json', 'skein.json'].includes(file.path)),
  );
  let problem: Lacking | undefined;
  for (const folder of [...weighty, ...light]) {
    const inside = files.filter(isIn(folder));
    if (!inside.length) continue;
    const weights = weighty.includes(folder) ? weightsOf(inside, variant) : [];
    take.push(
      ...weights,
      ...inside.filter(
        (file) =>
          file.bytes <= mostSmall &&
          (papers.test(nameOf(file.path)) || (settings.test(nameOf(file.path)) && !isIndex.test(file.path))),
      ),
    );
    if (weighty.includes(folder) && !weights.length) problem ??= { folder, inside };
  }
  return { take, ...(problem ? { problem } : {}) };
}

/** Of either naming; the one that belongs to the weights is taken with them. */
const isIndex = /\.index(\.\w+)?\.json$/;
const isSingle = (file: HubFile) => isAtRoot(file) && file.path.endsWith('.safetensors');

/** The weights to take: one file, or an index and its shards. */
function weightsOf(inside: readonly HubFile[], variant: string): HubFile[] {
  const sets = setsIn(inside);
  const set = sets.find((one) => one.variant === variant) ?? sets[0];
  const names = new Set(set && [...set.files, ...(set.index === undefined ? [] : [set.index])]);
  return inside.filter(({ path }) => names.has(nameOf(path)));
}

function noWeights(repository: string, { folder, inside }: Lacking): string {
  const strange = inside.find(({ path }) => path.endsWith('.safetensors'));
  if (strange)
    return `${repository} has its ${folder} only as ${nameOf(strange.path)}, a name that Skein does not look for. Look for a repository with the usual one, ${stems[0]}.safetensors.`;
  if (inside.some(({ path }) => pickles.test(path))) return pickled(repository, `its ${folder}`);
  return `${repository} has no weights in ${folder}. Look for a complete repository of this model.`;
}

const pickled = (repository: string, what: string) =>
  `${repository} has ${what} only as a pickle, a format that can run a stranger's code when it is opened. Skein never opens one: look for a repository with .safetensors files.`;

function singleFiles(
  repository: string,
  files: readonly HubFile[],
  picked: readonly string[],
): Omit<Chosen, 'variants' | 'variant'> {
  const isFolder = files.some(({ path }) => path === 'model_index.json');
  const offered = files.filter(isFolder ? isSingle : ({ path }) => path.endsWith('.safetensors'));
  const beside = files.filter((file) => (isAtRoot(file) && papers.test(file.path)) || isTokenizer(file));
  if (!offered.length) {
    const problem = files.some(({ path }) => pickles.test(path))
      ? pickled(repository, 'its weights')
      : `${repository} has no .safetensors files. Choose a repository with a model or a LoRA in that format.`;
    return { kind: 'files', take: [], offered, problem };
  }
  const strange = picked.find((path) => !offered.some((file) => file.path === path));
  const chosen = offered.filter(({ path }) => (picked.length ? picked.includes(path) : offered.length === 1));
  const problem =
    strange === undefined
      ? makersLayout(repository, { files, chosen, isPicked: picked.length > 0 })
      : `${repository} has no file ${strange}. There are: ${offered.map(({ path }) => path).join(', ')}.`;
  return { kind: 'files', take: chosen.length ? [...chosen, ...beside] : [], offered, ...(problem ? { problem } : {}) };
}

/** Repositories as the makers of a model themselves publish it: a part in safetensors, often in shards, the others as pickles. */
function makersLayout(
  repository: string,
  { files, chosen, isPicked }: { files: readonly HubFile[]; chosen: readonly HubFile[]; isPicked: boolean },
): string | undefined {
  const whole = `look for the same in the diffusers layout (often called ${repository}-Diffusers), or for ComfyUI's single files`;
  const shard = (isPicked ? chosen : files).find(({ path }) => /-\d+-of-\d+\.safetensors$/.test(path));
  if (shard)
    return `${repository} has its weights in shards of its makers' own layout (${nameOf(shard.path)}), whose other parts are pickles most often: ${whole}.`;
  const parts = files.filter(({ path }) => pickles.test(path) && isCalledLikeOurs(nameOf(path)));
  if (isPicked || !chosen.length || !parts.length) return undefined;
  return `${repository} has only a part of its model in safetensors, ${nameOf(chosen[0]!.path)}; ${parts.map(({ path }) => nameOf(path)).join(' and ')} are pickles, which can run a stranger's code: ${whole}. To take that part alone, choose it by name.`;
}

const isTokenizer = ({ path, bytes }: HubFile) =>
  /^(tokenizer\/)?(tokenizer\.json|spiece\.model)$/.test(path) && bytes <= mostSmall;

/** Two names that are one on disks that do not tell large letters from small. */
function sameName(files: readonly HubFile[]): string | undefined {
  const seen = new Map<string, string>();
  for (const { path } of files) {
    const other = seen.get(path.toLowerCase());
    if (other !== undefined)
      return `The files ${other} and ${path} differ in the size of letters only, which not every disk can hold. Tell the repository's owner.`;
    seen.set(path.toLowerCase(), path);
  }
  return undefined;
}

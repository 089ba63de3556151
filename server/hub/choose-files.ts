import { isCalledLikeOurs } from '../inference/foreign-format';
import { unsafeName } from './file-names';
import type { HubFile } from './repository';

/** What of a repository Skein would take, and what it leaves. */
export interface Choice {
  /** `folder`: a model in the diffusers layout. `files`: single files, of which people choose. */
  kind: 'folder' | 'files';
  take: HubFile[];
  /** Single files to choose from; beside a folder they are there too (LTX-Video's), to be had in its place. */
  offered: HubFile[];
  /** Bytes of all that stays behind: other formats, other variants, samples. */
  leftBytes: number;
  /** Why nothing can be taken: a sentence with a remedy. */
  problem?: string;
}

const stems = ['diffusion_pytorch_model', 'model'];
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

/**
 * Chooses what to take: safetensors, configs, tokenizer, licence; never a pickle. Of single files those `picked` are taken,
 * or the one there is. Pure; the names it returns are safe as paths.
 */
export function chooseFiles(repository: string, files: readonly HubFile[], picked: readonly string[] = []): Choice {
  const isFolder = files.some(({ path }) => path === 'model_index.json');
  const choice = isFolder && !picked.length ? wholeFolder(repository, files) : singleFiles(repository, files, picked);
  const unsafe = choice.take.map(({ path }) => unsafeName(path)).find((says) => says !== null);
  const problem = choice.problem ?? unsafe ?? sameName(choice.take);
  return { ...choice, leftBytes: sizeOf(files) - sizeOf(choice.take), ...(problem ? { problem } : {}) };
}

type Chosen = Omit<Choice, 'leftBytes'>;

function wholeFolder(repository: string, files: readonly HubFile[]): Chosen {
  const take = files.filter(
    (file) => isAtRoot(file) && (papers.test(file.path) || ['model_index.json', 'skein.json'].includes(file.path)),
  );
  let problem: string | undefined;
  for (const folder of [...weighty, ...light]) {
    const inside = files.filter(isIn(folder));
    if (!inside.length) continue;
    const weights = weighty.includes(folder) ? weightsOf(inside) : [];
    const index = weights.find(({ path }) => path.endsWith('.index.json'));
    take.push(
      ...weights,
      ...inside.filter(
        (file) =>
          file !== index &&
          file.bytes <= mostSmall &&
          (papers.test(nameOf(file.path)) || (settings.test(nameOf(file.path)) && !file.path.endsWith('.index.json'))),
      ),
    );
    if (weighty.includes(folder) && !weights.length) problem ??= noWeights(repository, { folder, inside });
  }
  return { kind: 'folder', take, offered: files.filter(isSingle), ...(problem ? { problem } : {}) };
}

const isSingle = (file: HubFile) => isAtRoot(file) && file.path.endsWith('.safetensors');

/** The weights that would be read: one file, or an index and its shards. */
function weightsOf(inside: readonly HubFile[]): HubFile[] {
  for (const stem of stems) {
    const index = inside.find(({ path }) => nameOf(path) === `${stem}.safetensors.index.json`);
    const shards = inside.filter(({ path }) => new RegExp(`^${stem}-\\d+-of-\\d+\\.safetensors$`).test(nameOf(path)));
    if (index && shards.length) return [index, ...shards];
    const single = inside.find(({ path }) => nameOf(path) === `${stem}.safetensors`);
    if (single) return [single];
  }
  return [];
}

function noWeights(repository: string, { folder, inside }: { folder: string; inside: readonly HubFile[] }): string {
  const variant = inside.find(({ path }) => path.endsWith('.safetensors'));
  if (variant)
    return `${repository} has its ${folder} only as ${nameOf(variant.path)}, a variant that Skein does not read. Look for a repository with the plain name, ${stems[0]}.safetensors.`;
  if (inside.some(({ path }) => pickles.test(path))) return pickled(repository, `its ${folder}`);
  return `${repository} has no weights in ${folder}. Look for a complete repository of this model.`;
}

const pickled = (repository: string, what: string) =>
  `${repository} has ${what} only as a pickle, a format that can run a stranger's code when it is opened. Skein never opens one: look for a repository with .safetensors files.`;

function singleFiles(repository: string, files: readonly HubFile[], picked: readonly string[]): Chosen {
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
    return `${repository} has its weights in shards of its makers' own layout (${nameOf(shard.path)}), which Skein does not read: ${whole}.`;
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

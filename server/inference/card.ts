import { createHash } from 'node:crypto';
import { basename, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { type ModelCard, type ModelPart, modelParts } from '../../nodes/values';
import type { Digests } from './digests';
import type { Family, PartFiles, PipelineIndex } from './families/family';
import { families } from './families/registry';
import { exists, readConfig } from './families/shared/read-config';
import { hintOf } from './few-steps';
import { editionOf } from './folder-signature';
import { type ModelExtras, modelExtras, previewOf, vocabularyOf } from './model-extras';

type Part = NonNullable<ModelCard['parts'][ModelPart]>;

/** What reading the files of one model needs and finds. */
interface Reading {
  folder: string;
  digests: Digests;
  edition: string;
  /** Files whose bytes are not those they were first used with. */
  changed: string[];
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const pipelineIndex = z.looseObject({ _class_name: z.string() });

/**
 * Reads and checks a folder in the diffusers layout. Throws a sentence with a remedy when it cannot be used. Of a folder
 * whose files have changed behind our back the card says so, and tells the digests as they are now.
 */
export async function readCard(
  id: string,
  folder: string,
  { digests, names }: { digests: Digests /** What it is called, the nearest name first. */; names: readonly string[] },
): Promise<ModelCard> {
  const index = await readConfig(join(folder, 'model_index.json'), pipelineIndex, 'any model');
  const family = familyOf(index, folder);
  const extrasFile = join(folder, 'skein.json');
  const extras = (await exists(extrasFile)) ? await readConfig(extrasFile, modelExtras, 'Skein') : {};
  const facts = await family.read({ path: folder, index });
  const reading: Reading = { folder, digests, edition: await editionOf(folder), changed: [] };
  const parts: ModelCard['parts'] = {};
  for (const name of modelParts) {
    const files = facts.parts[name];
    if (files) parts[name] = await readPart(reading, files);
  }
  const preview = previewOf(extras, facts.latent.channels) ?? facts.preview;
  const vocabulary = vocabularyOf(extras);
  // A file that says what it was distilled to, or a person's own `skein.json`, knows better than a name.
  const isTold = facts.defaults.guidance === 1 || extras.defaults?.steps !== undefined;
  const byName = isTold ? undefined : hintOf(names, family.name);
  return {
    id,
    title: extras.name ?? id,
    family: family.name,
    digest: hash(
      Object.entries(parts)
        .map(([name, { digest }]) => `${name} ${digest}\n`)
        .join(''),
    ),
    ...(reading.changed.length ? { broken: mismatch(id, reading.changed) } : {}),
    parts,
    latent: facts.latent,
    text: { ...facts.text, length: extras.textLength ?? facts.text.length },
    defaults: withExtras(facts.defaults, extras),
    ...(byName ? { byName } : {}),
    ...(extras.trained ? { trained: extras.trained } : {}),
    pins: extras.pins ?? facts.pins,
    ...(facts.pinsBy ? { pinsBy: facts.pinsBy } : {}),
    ...(facts.keyframes ? { keyframes: facts.keyframes } : {}),
    ...(facts.mustHold ? { mustHold: facts.mustHold } : {}),
    ...(facts.experts ? { experts: facts.experts } : {}),
    ...(facts.memory ? { memory: facts.memory } : {}),
    ...(facts.spacing ? { spacing: facts.spacing } : {}),
    ...(facts.tiny ? { tiny: facts.tiny } : {}),
    ...(facts.width ? { width: facts.width } : {}),
    ...(preview ? { preview } : {}),
    ...(vocabulary ? { vocabulary } : {}),
  };
}

/** The family that runs such a pipeline. Throws a sentence, which begins with `folder`, when there is none. */
export function familyOf(index: PipelineIndex, folder: string): Family {
  const all = Object.values(families);
  const found = all.find((family) => family.recognises(index));
  if (found) return found;
  throw new Error(
    `${folder}: this is a ${index._class_name}, which Skein cannot run yet. Choose a checkpoint of ${all.map(({ runs }) => runs).join(' or ')}.`,
  );
}

function withExtras(defaults: ModelCard['defaults'], extras: ModelExtras): ModelCard['defaults'] {
  const { framesPerSecond, ...given } = extras.defaults ?? {};
  return {
    ...defaults,
    ...(extras.examples?.[0] ? { prompt: extras.examples[0] } : {}),
    ...(framesPerSecond ? { fps: framesPerSecond } : {}),
    ...given,
  };
}

/** Begins the sentence that refuses a changed file, so that programs can tell. */
export const digestMismatch = 'MODEL_DIGEST_MISMATCH';

export const mismatch = (id: string, [first = '', ...rest]: string[]): string => {
  const others = rest.length ? ` and ${rest.length} more` : '';
  return `${digestMismatch}: ${first}${others} is not the file it was when this model was first used. If you replaced it on purpose, say \`npx skein models verify ${id} --accept\`; if not, download the folder again.`;
};

/** The card of a model whose files are yet to be read for the first time. */
export const unreadCard = (id: string): ModelCard => ({
  ...brokenCard(
    id,
    `Skein is reading the files for the first time of the model ${id}, which takes a few seconds for every gigabyte. Try again in a moment.`,
  ),
  isUnread: true,
});

/** The card of a folder that cannot be used. */
export const brokenCard = (id: string, broken: string): ModelCard => ({
  ...blankCard(id),
  digest: hash(`broken ${id}`),
  broken,
});

/** A card that says nothing: no parts, and sizes that nobody will ask for. */
export function blankCard(id: string): ModelCard {
  return {
    id,
    title: id,
    family: 'unknown',
    digest: '',
    parts: {},
    latent: { space: 'unknown', channels: 16, time: 4, scale: 8, multiple: 16 },
    text: { width: 1, length: 512 },
    defaults: {
      width: 832,
      height: 480,
      frames: 81,
      fps: 16,
      steps: 30,
      guidance: 5,
      shift: 3,
      sampler: 'unipc',
      schedule: 'flow',
    },
    pins: 'none',
  };
}

/** Weights elsewhere count by their name: where single files lie does not matter. */
const nameIn = (folder: string, file: string): string =>
  file.startsWith(folder + sep) ? relative(folder, file).split(sep).join('/') : basename(file);

/** Digest over everything a part's results depend on: weights and small files, by name and content. */
async function readPart({ folder, digests, edition, changed }: Reading, about: PartFiles): Promise<Part> {
  const files = [join(folder, about.name, 'config.json'), ...about.checkpoint.paths, ...(about.more ?? [])];
  const lines: string[] = [];
  for (const file of files.sort()) {
    const { sha256, trusted } = await digests.of(file, edition);
    if (sha256 !== trusted) changed.push(file);
    lines.push(`${nameIn(folder, file)} ${sha256}\n`);
  }
  const byDtype = new Map<string, number>();
  for (const { dtype, bytes } of about.checkpoint.tensors.values()) {
    byDtype.set(dtype, (byDtype.get(dtype) ?? 0) + bytes);
  }
  const [dtype = 'F32'] = [...byDtype].sort(([, a], [, b]) => b - a)[0] ?? [];
  const bytes = about.checkpoint.files.reduce((total, file) => total + file.bytes, 0);
  const { variant } = about.checkpoint;
  return { digest: hash(lines.join('')), bytes, dtype: dtype.toLowerCase(), ...(variant ? { variant } : {}) };
}

import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ModelCard, ModelPart } from '../../nodes/values';
import type { Checkpoint } from './checkpoint';
import type { Digests } from './digests';
import {
  openTextEncoderFiles,
  openTransformerFiles,
  openVaeFiles,
  type PipelineIndex,
  pipelineIndex,
  readConfig,
  schedulerFacts,
} from './families/wan/pipeline';
import { spaceFactor, timeFactor } from './families/wan/vae-config';
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

/** Which sampler a diffusers scheduler is. */
const samplerOf: Record<string, string> = {
  UniPCMultistepScheduler: 'unipc',
  FlowMatchEulerDiscreteScheduler: 'euler',
  FlowMatchHeunDiscreteScheduler: 'heun',
  DPMSolverMultistepScheduler: 'dpmpp-2m',
};

/**
 * Reads and checks a Wan folder in the diffusers layout. Throws a sentence with a remedy when it cannot be used. Of a
 * folder whose files have changed behind our back the card says so, and tells the digests as they are now.
 */
export async function readCard(id: string, folder: string, digests: Digests): Promise<ModelCard> {
  const index = await readConfig(join(folder, 'model_index.json'), pipelineIndex);
  mustBeKnown(index, folder);
  const isOurs = await exists(join(folder, 'skein.json'));
  const extras = isOurs ? await readConfig(join(folder, 'skein.json'), modelExtras) : {};
  const denoiser = await openTransformerFiles(join(folder, 'transformer'));
  const text = index.text_encoder?.[1] ? await openTextEncoderFiles(join(folder, 'text_encoder')) : null;
  const { config: vae, checkpoint: vaeCheckpoint } = await openVaeFiles(join(folder, 'vae'));
  const scheduler = await readConfig(join(folder, 'scheduler', 'scheduler_config.json'), schedulerFacts);
  mustFit(folder, { latent: vae.z_dim, denoiser: denoiser.config.in_channels }, 'channels');
  if (text) mustFit(folder, { denoiser: denoiser.config.text_dim, text: text.config.d_model }, 'text width');
  const reading: Reading = { folder, digests, edition: await editionOf(folder), changed: [] };
  const part = (name: string, checkpoint: Checkpoint, more: string[] = []) =>
    readPart(reading, { name, checkpoint, more });
  const parts: ModelCard['parts'] = {
    denoiser: await part('transformer', denoiser.checkpoint),
    vae: await part('vae', vaeCheckpoint),
    ...(text ? { 'text-encoder': await part('text_encoder', text.checkpoint, await tokenizerFiles(folder)) } : {}),
  };
  const scale = spaceFactor(vae);
  const time = timeFactor(vae);
  const [preview, vocabulary] = [previewOf(extras, vae.z_dim), vocabularyOf(extras)];
  const statistics = hash(JSON.stringify([vae.latents_mean, vae.latents_std])).slice(0, 6);
  return {
    id,
    title: extras.name ?? id,
    family: 'wan',
    digest: hash(
      Object.entries(parts)
        .map(([name, { digest }]) => `${name} ${digest}\n`)
        .join(''),
    ),
    ...(reading.changed.length ? { broken: mismatch(id, reading.changed) } : {}),
    parts,
    latent: {
      // The statistics tell apart VAEs of the same geometry: their latents mean different pictures.
      space: `wan-${vae.z_dim}x${time}x${scale}-${statistics}`,
      channels: vae.z_dim,
      time,
      scale,
      multiple: scale * denoiser.config.patch_size[1],
    },
    text: { width: denoiser.config.text_dim, length: extras.textLength ?? 512 },
    defaults: defaultsOf(index, scheduler, extras),
    // Our own recipe trains any set of known frames; published checkpoints of this kind know the first one.
    pins: extras.pins ?? (!index.expand_timesteps ? 'none' : isOurs ? 'any' : 'first'),
    ...(preview ? { preview } : {}),
    ...(vocabulary ? { vocabulary } : {}),
  };
}

/** Begins the sentence that refuses a changed file, so that programs can tell. */
export const digestMismatch = 'MODEL_DIGEST_MISMATCH';

const mismatch = (id: string, [first = '', ...rest]: string[]): string => {
  const others = rest.length ? ` and ${rest.length} more` : '';
  return `${digestMismatch}: ${first}${others} is not the file it was when this model was first used. If you replaced it on purpose, say \`npx skein models verify ${id} --accept\`; if not, download the folder again.`;
};

/** The card of a model whose files are yet to be read for the first time. */
export const unreadCard = (id: string): ModelCard =>
  brokenCard(id, `${unread} of the model ${id}, which takes a few seconds for every gigabyte. Try again in a moment.`);
const unread = 'Skein is reading the files for the first time';
export const isUnread = (card: ModelCard): boolean => card.broken?.startsWith(unread) ?? false;

/** The card of a folder that cannot be used. */
export function brokenCard(id: string, broken: string): ModelCard {
  return {
    id,
    title: id,
    family: 'unknown',
    digest: hash(`broken ${id}`),
    broken,
    parts: {},
    latent: { space: 'unknown', channels: 16, time: 4, scale: 8, multiple: 16 },
    text: { width: 1, length: 512 },
    defaults: defaultsOf({ _class_name: '' }, { _class_name: '' }, {}),
    pins: 'none',
  };
}

function mustBeKnown(index: PipelineIndex, folder: string): void {
  if (!index._class_name.startsWith('Wan')) {
    throw new Error(
      `${folder}: this is a ${index._class_name}, and Skein runs Wan models so far. Choose a Wan checkpoint (2.1 or 2.2, text-to-video or TI2V).`,
    );
  }
  if (index.transformer_2?.[1]) {
    throw new Error(
      `${folder}: this model has two denoisers (an A14B pair), which Skein cannot run yet. Choose Wan 2.1 or Wan 2.2 TI2V-5B.`,
    );
  }
}

function mustFit(folder: string, sides: Record<string, number>, what: string): void {
  const [[one, a], [other, b]] = Object.entries(sides) as [[string, number], [string, number]]; // two keys are given
  if (a !== b) {
    throw new Error(
      `${folder}: the ${what} of ${one} (${a}) and ${other} (${b}) differ, so its parts do not belong together. Download the folder again.`,
    );
  }
}

function defaultsOf(
  index: PipelineIndex,
  scheduler: { _class_name: string; flow_shift?: number | null | undefined; shift?: number | null | undefined },
  extras: ModelExtras,
): ModelCard['defaults'] {
  const { framesPerSecond, ...given } = extras.defaults ?? {};
  // The sizes the published checkpoints were trained at.
  const size = index.expand_timesteps
    ? { width: 1280, height: 704, frames: 121, fps: 24 }
    : { width: 832, height: 480, frames: 81, fps: 16 };
  return {
    ...size,
    steps: 30,
    guidance: 5,
    shift: scheduler.flow_shift ?? scheduler.shift ?? 3,
    sampler: samplerOf[scheduler._class_name] ?? 'unipc',
    schedule: 'flow',
    ...(extras.examples?.[0] ? { prompt: extras.examples[0] } : {}),
    ...(framesPerSecond ? { fps: framesPerSecond } : {}),
    ...given,
  };
}

/** Digest over everything a part's results depend on: weights and small files, by name and content. */
async function readPart(
  { folder, digests, edition, changed }: Reading,
  about: { name: string; checkpoint: Checkpoint; more: string[] },
): Promise<Part> {
  const files = [join(folder, about.name, 'config.json'), ...about.checkpoint.paths, ...about.more];
  const lines: string[] = [];
  for (const file of files.sort()) {
    const { sha256, trusted } = await digests.of(file, edition);
    if (sha256 !== trusted) changed.push(file);
    lines.push(`${relative(folder, file).split(sep).join('/')} ${sha256}\n`);
  }
  const byDtype = new Map<string, number>();
  for (const { dtype, bytes } of about.checkpoint.tensors.values()) {
    byDtype.set(dtype, (byDtype.get(dtype) ?? 0) + bytes);
  }
  const [dtype = 'F32'] = [...byDtype].sort(([, a], [, b]) => b - a)[0] ?? [];
  const bytes = about.checkpoint.files.reduce((total, file) => total + file.bytes, 0);
  return { digest: hash(lines.join('')), bytes, dtype: dtype.toLowerCase() };
}

async function tokenizerFiles(folder: string): Promise<string[]> {
  const names = ['tokenizer.json', 'tokenizer_config.json'].map((name) => join(folder, 'tokenizer', name));
  if (!(await exists(names[0]!))) {
    throw new Error(`${names[0]}: this file is missing. Download the model's tokenizer folder.`);
  }
  return (await exists(names[1]!)) ? names : names.slice(0, 1);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

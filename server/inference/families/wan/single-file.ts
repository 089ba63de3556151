import { Checkpoint } from '../../checkpoint';
import { openSafetensors, type SafetensorsFile, type StoredTensor } from '../../safetensors';
import { withScales } from '../../scales';
import { parseConfig } from '../shared/read-config';
import { type TextEncoderConfig, textEncoderConfig } from '../shared/t5-config';
import { inferTextEncoder, inferTransformer } from './infer-config';
import { inferVae } from './infer-vae-config';
import { oursOf } from './original-names';
import { textName } from './original-text-names';
import { vaeNames } from './original-vae-names';
import { type TransformerConfig, transformerConfig } from './transformer-config';
import { type VaeConfig, vaeConfig } from './vae-config';

/*
 * Wan in single files, as ComfyUI has them: a denoiser, a text encoder or a VAE in one `.safetensors`, or several of them
 * in one file, each under a prefix. Tensors get the names of the diffusers layout, so that nothing else sees a difference.
 */

export type SinglePart = 'denoiser' | 'text-encoder' | 'vae';
export const tokenizerTensor = 'spiece_model';

type Shapes = ReadonlyMap<string, Pick<StoredTensor, 'shape'>>;

/** Tensors by which a part is known: `mark` ends the name that gives the prefix, one of `besides` must stand beside it. */
const marks: Record<SinglePart, readonly { mark: string; axes: number; besides: readonly string[] }[]> = {
  denoiser: [
    { mark: 'patch_embedding.weight', axes: 5, besides: ['blocks.0.self_attn.q.weight', 'blocks.0.attn1.to_q.weight'] },
  ],
  'text-encoder': [
    { mark: 'shared.weight', axes: 2, besides: ['encoder.block.0.layer.0.SelfAttention.q.weight'] },
    { mark: 'encoder.embed_tokens.weight', axes: 2, besides: ['encoder.block.0.layer.0.SelfAttention.q.weight'] },
    { mark: 'token_embedding.weight', axes: 2, besides: ['blocks.0.pos_embedding.embedding.weight'] },
  ],
  vae: [
    { mark: 'decoder.conv1.weight', axes: 5, besides: ['decoder.middle.0.residual.2.weight'] },
    { mark: 'decoder.conv_in.weight', axes: 5, besides: ['decoder.mid_block.resnets.0.conv1.weight'] },
  ],
};

/** Which parts of a Wan model a file holds, each with the prefix of its names. */
export function partsIn(tensors: Shapes): Map<SinglePart, string> {
  const found = new Map<SinglePart, string>();
  for (const [name, { shape }] of tensors) {
    for (const part of Object.keys(marks) as SinglePart[]) {
      for (const { mark, axes, besides } of marks[part]) {
        if (found.has(part) || shape.length !== axes || !(name === mark || name.endsWith(`.${mark}`))) continue;
        const prefix = name.slice(0, -mark.length);
        if (besides.some((other) => tensors.has(prefix + other))) found.set(part, prefix);
      }
    }
  }
  return found;
}

/** A file's tensors of one part under diffusers' names, with their scales. Names that are not known are told apart. */
function tensorsOf(file: SafetensorsFile, part: SinglePart): { tensors: Map<string, StoredTensor>; unknown: string[] } {
  const prefix = partsIn(file.tensors).get(part);
  if (prefix === undefined) throw new Error(`${file.path}: there is no ${part} of a Wan model in this file.`);
  const own = new Map<string, StoredTensor>();
  for (const [name, tensor] of file.tensors) if (name.startsWith(prefix)) own.set(name.slice(prefix.length), tensor);
  own.delete(tokenizerTensor);
  const scaled = withScales(own);
  const names = renamer(part, scaled);
  const tensors = new Map<string, StoredTensor>();
  const unknown: string[] = [];
  for (const [name, tensor] of scaled) {
    const ours = names(name);
    if (ours === null) unknown.push(name);
    else tensors.set(ours, tensor);
  }
  return { tensors, unknown };
}

/** Files of either naming are found; a name that is diffusers' already stays. */
function renamer(part: SinglePart, tensors: ReadonlyMap<string, unknown>): (name: string) => string | null {
  const same = (name: string) => name;
  if (part === 'text-encoder') return tensors.has('token_embedding.weight') ? textName : same;
  if (part === 'denoiser') return tensors.has('blocks.0.self_attn.q.weight') ? oursOf : same;
  if (tensors.has('decoder.conv_in.weight')) return same;
  const names = vaeNames(tensors.keys());
  return (name) => names.get(name) ?? null;
}

/** What the file's own metadata say about a part: LTX's files and Skein's tests write `config` there. */
function configIn({ metadata, path }: SafetensorsFile, key: string): object {
  if (metadata['config'] === undefined) return {};
  try {
    const config: unknown = JSON.parse(metadata['config']);
    const own: unknown = typeof config === 'object' && config !== null ? Reflect.get(config, key) : undefined;
    return typeof own === 'object' && own !== null ? own : {};
  } catch {
    throw new Error(`${path}: the "config" in the file's metadata is not JSON. Download the file again.`);
  }
}

interface Opened<Config> {
  config: Config;
  checkpoint: Checkpoint;
}

const checkpointOf = (file: SafetensorsFile, tensors: Map<string, StoredTensor>): Checkpoint =>
  new Checkpoint(file.path, tensors, [file], [file.path]);

export async function openTransformerFile(path: string): Promise<Opened<TransformerConfig>> {
  const file = await openSafetensors(path);
  const { tensors, unknown } = tensorsOf(file, 'denoiser');
  if (unknown.length) {
    throw new Error(
      `${path}: ${unknown.length} of its tensors belong to no Wan model that Skein knows (first: "${unknown[0]}"). It is a variant with parts of its own: use the plain text-to-video or image-to-video model.`,
    );
  }
  const value = { ...inferTransformer(tensors), ...configIn(file, 'transformer') };
  return {
    config: parseConfig(path, transformerConfig, { value, what: 'a Wan model' }),
    checkpoint: checkpointOf(file, tensors),
  };
}

export async function openTextEncoderFile(path: string): Promise<Opened<TextEncoderConfig>> {
  const file = await openSafetensors(path);
  const { tensors } = tensorsOf(file, 'text-encoder');
  const value = { ...inferTextEncoder(tensors), ...configIn(file, 'text_encoder') };
  return {
    config: parseConfig(path, textEncoderConfig, { value, what: 'a Wan model' }),
    checkpoint: checkpointOf(file, tensors),
  };
}

export async function openVaeFile(path: string): Promise<Opened<VaeConfig>> {
  const file = await openSafetensors(path);
  const { tensors } = tensorsOf(file, 'vae');
  const value = { ...inferVae(tensors), ...configIn(file, 'vae') };
  return {
    config: parseConfig(path, vaeConfig, { value, what: 'a Wan model' }),
    checkpoint: checkpointOf(file, tensors),
  };
}

import { Checkpoint } from '../../checkpoint';
import { openSafetensors, type SafetensorsFile, type StoredTensor } from '../../safetensors';
import { withScales } from '../../scales';
import { type Pointer, type SinglePart, singleParts } from '../single-layout';
import { inferImageEncoder, inferTextEncoder, inferTransformer } from './infer-config';
import { inferVae } from './infer-vae-config';
import { oursOf } from './original-names';
import { textName } from './original-text-names';
import { vaeNames } from './original-vae-names';

/*
 * Wan in single files, as ComfyUI has them: a denoiser, a text encoder or a VAE in one `.safetensors`, or several of them
 * in one file, each under a prefix. Tensors get the names of the diffusers layout, so that nothing else sees a difference.
 */

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
  'image-encoder': [{ mark: 'embeddings.patch_embedding.weight', axes: 4, besides: ['pre_layrnorm.weight'] }],
  vae: [
    { mark: 'decoder.conv1.weight', axes: 5, besides: ['decoder.middle.0.residual.2.weight'] },
    { mark: 'decoder.conv_in.weight', axes: 5, besides: ['decoder.mid_block.resnets.0.conv1.weight'] },
  ],
};

/** Which parts of a Wan model a file holds, each with the prefix of its names. */
export function prefixesIn(tensors: Shapes): Map<SinglePart, string> {
  const found = new Map<SinglePart, string>();
  for (const [name, { shape }] of tensors) {
    for (const part of singleParts) {
      for (const { mark, axes, besides } of marks[part]) {
        if (found.has(part) || shape.length !== axes || !(name === mark || name.endsWith(`.${mark}`))) continue;
        const prefix = name.slice(0, -mark.length);
        if (besides.some((other) => tensors.has(prefix + other))) found.set(part, prefix);
      }
    }
  }
  return found;
}

/** A file's tensors of one part under diffusers' names, with their scales. A denoiser with others is another model. */
function tensorsOf(file: SafetensorsFile, part: SinglePart): Map<string, StoredTensor> {
  const prefix = prefixesIn(file.tensors).get(part);
  if (prefix === undefined)
    throw new Error(`${file.path}: there is no ${part} of a Wan model in this file. Choose another file.`);
  const own = new Map<string, StoredTensor>();
  for (const [name, tensor] of file.tensors) if (name.startsWith(prefix)) own.set(name.slice(prefix.length), tensor);
  own.delete('spiece_model');
  const scaled = withScales(own);
  const names = renamer(part, scaled);
  const tensors = new Map<string, StoredTensor>();
  const unknown: string[] = [];
  for (const [name, tensor] of scaled) {
    const ours = names(name);
    if (ours === null) unknown.push(name);
    else tensors.set(ours, tensor);
  }
  if (part === 'denoiser' && unknown.length) {
    throw new Error(
      `${file.path}: ${unknown.length} of its tensors belong to no Wan model that Skein knows (first: "${unknown[0]}"). It is a variant with parts of its own: use a plain text-to-video or image-to-video model.`,
    );
  }
  return tensors;
}

/** Files of either naming are found; a name that is diffusers' already stays. */
function renamer(part: SinglePart, tensors: ReadonlyMap<string, unknown>): (name: string) => string | null {
  const same = (name: string) => name;
  if (part === 'image-encoder') return same;
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

/** The weights a pointer leads to, under the names of the diffusers layout. Reads the header only. */
export async function openSingleFile({ file: path, part }: Pointer): Promise<Checkpoint> {
  const file = await openSafetensors(path);
  return new Checkpoint(file.path, tensorsOf(file, part), [file], [file.path]);
}

const infer = {
  denoiser: { key: 'transformer', read: inferTransformer },
  'text-encoder': { key: 'text_encoder', read: inferTextEncoder },
  vae: { key: 'vae', read: inferVae },
  'image-encoder': { key: 'image_encoder', read: inferImageEncoder },
} as const;

/** What config.json would say: read off the shapes; what the file's own metadata say of it goes before. */
export async function configOf({ file: path, part }: Pointer): Promise<object> {
  const file = await openSafetensors(path);
  const { key, read } = infer[part];
  return { ...read(tensorsOf(file, part)), ...configIn(file, key) };
}

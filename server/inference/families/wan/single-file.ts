import { inferTextEncoder } from '../shared/infer-config';
import type { SingleFiles } from '../shared/single-file';
import type { SinglePart } from '../single-layout';
import { inferImageEncoder, inferTransformer } from './infer-config';
import { inferVae } from './infer-vae-config';
import { oursOf } from './original-names';
import { textName } from './original-text-names';
import { vaeNames } from './original-vae-names';

const marks: SingleFiles['marks'] = {
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

/** Files of either naming are found; a name that is diffusers' already stays. */
function names(part: SinglePart, tensors: ReadonlyMap<string, unknown>): (name: string) => string | null {
  const same = (name: string) => name;
  if (part === 'image-encoder') return same;
  if (part === 'text-encoder') return tensors.has('token_embedding.weight') ? textName : same;
  if (part === 'denoiser') return tensors.has('blocks.0.self_attn.q.weight') ? oursOf : same;
  if (tensors.has('decoder.conv_in.weight')) return same;
  const known = vaeNames(tensors.keys());
  return (name) => known.get(name) ?? null;
}

const infer = {
  denoiser: inferTransformer,
  'text-encoder': inferTextEncoder,
  vae: inferVae,
  'image-encoder': inferImageEncoder,
} as const;

/** Wan in single files. */
export const wanFiles: SingleFiles = {
  name: 'Wan',
  marks,
  names,
  infer: (part, tensors) => infer[part](tensors),
  said: {
    denoiser: { key: 'transformer' },
    'text-encoder': { key: 'text_encoder' },
    vae: { key: 'vae' },
    'image-encoder': { key: 'image_encoder' },
  },
};

import { inferTextEncoder } from '../shared/infer-config';
import type { SingleFiles } from '../shared/single-file';
import type { SinglePart } from '../single-layout';
import { inferTransformer, inferVae } from './infer-config';
import { denoiserName, vaeNames } from './original-names';

/** As in `ltx-video-2b-v0.9.5.safetensors`: denoiser and VAE in one file; the text encoder in another. */
export const ltxFiles: SingleFiles = {
  name: 'LTX-Video',
  marks: {
    denoiser: [
      { mark: 'patchify_proj.weight', axes: 2, besides: ['transformer_blocks.0.attn1.to_q.weight'] },
      { mark: 'proj_in.weight', axes: 2, besides: ['time_embed.emb.timestep_embedder.linear_1.weight'] },
    ],
    'text-encoder': [
      { mark: 'shared.weight', axes: 2, besides: ['encoder.block.0.layer.0.SelfAttention.q.weight'] },
      { mark: 'encoder.embed_tokens.weight', axes: 2, besides: ['encoder.block.0.layer.0.SelfAttention.q.weight'] },
    ],
    vae: [
      {
        mark: 'decoder.conv_in.conv.weight',
        axes: 5,
        besides: [
          'decoder.up_blocks.0.res_blocks.0.conv1.conv.weight',
          'decoder.mid_block.resnets.0.conv1.conv.weight',
        ],
      },
    ],
  },
  names,
  infer: (part, tensors) => infer[part]?.(tensors) ?? {},
  // Their VAE's own words are another language; of the denoiser, only heads cannot be seen in shapes.
  said: { denoiser: { key: 'transformer', fields: ['num_attention_heads', 'attention_head_dim'] } },
};

const infer: Partial<Record<SinglePart, typeof inferVae>> = {
  denoiser: inferTransformer,
  'text-encoder': inferTextEncoder,
  vae: inferVae,
};

/** Files of either naming are found; a name that is diffusers' already stays. */
function names(part: SinglePart, tensors: ReadonlyMap<string, unknown>): (name: string) => string | null {
  if (part === 'denoiser' && tensors.has('patchify_proj.weight')) return denoiserName;
  if (part !== 'vae' || tensors.has('decoder.mid_block.resnets.0.conv1.conv.weight')) return (name) => name;
  const known = vaeNames(tensors.keys());
  return (name) => known.get(name) ?? null;
}

import { type NamePairs, spellingOf } from '../shared/module-names';

/** Named alike in both worlds. */
const same = (...names: string[]): NamePairs => names.map((name) => [name, name]);

const attentions = ['attn1', 'attn2'].flatMap((attention): NamePairs => {
  const at = (name: string) => `${attention}.${name}`;
  return [
    ...same(...['to_q', 'to_k', 'to_v', 'to_out.0', 'norm_q', 'norm_k'].map(at)),
    [at('q_norm'), at('norm_q')],
    [at('k_norm'), at('norm_k')],
  ];
});

/** Modules of LTX-Video's denoiser as LoRA files call them; no name means another layer in one world than in the other. */
export const ltxLoraSpelling = spellingOf(
  {
    blocks: 'transformer_blocks',
    block: [...attentions, ...same('ff.net.0.proj', 'ff.net.2', 'scale_shift_table')],
    top: [
      ...same('proj_in', 'proj_out', 'scale_shift_table', 'caption_projection.linear_1', 'caption_projection.linear_2'),
      ['patchify_proj', 'proj_in'],
      ...(['emb.timestep_embedder.linear_1', 'emb.timestep_embedder.linear_2', 'linear'] as const).flatMap(
        (name): NamePairs => [
          [`time_embed.${name}`, `time_embed.${name}`],
          [`adaln_single.${name}`, `time_embed.${name}`],
        ],
      ),
    ],
  },
  () => false,
);

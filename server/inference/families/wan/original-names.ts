import { type ModuleNames, type NamePairs, renaming } from '../shared/module-names';

/**
 * Names of the denoiser's tensors in Wan's original files, which ComfyUI's single files keep, and in the diffusers layout.
 * Mind that norm2 and norm3 are swapped: the original counts in order of definition, diffusers in order of use.
 */
const blockModules: NamePairs = [
  ...(['self_attn', 'cross_attn'] as const).flatMap((attention, i) =>
    (
      [
        ['q', 'to_q'],
        ['k', 'to_k'],
        ['v', 'to_v'],
        ['o', 'to_out.0'],
        ['norm_q', 'norm_q'],
        ['norm_k', 'norm_k'],
        ['k_img', 'add_k_proj'],
        ['v_img', 'add_v_proj'],
        ['norm_k_img', 'norm_added_k'],
      ] as const
    ).map(([theirs, ours]) => [`${attention}.${theirs}`, `attn${i + 1}.${ours}`] as const),
  ),
  ['ffn.0', 'ffn.net.0.proj'],
  ['ffn.2', 'ffn.net.2'],
  ['norm3', 'norm2'],
  ['norm2', 'norm3'],
  ['modulation', 'scale_shift_table'],
];

const topModules: NamePairs = [
  ['patch_embedding', 'patch_embedding'],
  ['time_embedding.0', 'condition_embedder.time_embedder.linear_1'],
  ['time_embedding.2', 'condition_embedder.time_embedder.linear_2'],
  ['time_projection.1', 'condition_embedder.time_proj'],
  ['text_embedding.0', 'condition_embedder.text_embedder.linear_1'],
  ['text_embedding.2', 'condition_embedder.text_embedder.linear_2'],
  ['head.modulation', 'scale_shift_table'],
  ['head.head', 'proj_out'],
  ['img_emb.proj.0', 'condition_embedder.image_embedder.norm1'],
  ['img_emb.proj.1', 'condition_embedder.image_embedder.ff.net.0.proj'],
  ['img_emb.proj.3', 'condition_embedder.image_embedder.ff.net.2'],
  ['img_emb.proj.4', 'condition_embedder.image_embedder.norm2'],
  ['img_emb.emb_pos', 'condition_embedder.image_embedder.pos_embed'],
];

export const wanNames: ModuleNames = { blocks: 'blocks', block: blockModules, top: topModules };
export const { oursOf, originalOf } = renaming(wanNames);

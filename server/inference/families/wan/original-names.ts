/**
 * Names of the denoiser's tensors in Wan's original files, which ComfyUI's single files keep, and in the diffusers layout.
 * Mind that norm2 and norm3 are swapped: the original counts in order of definition, diffusers in order of use.
 */
const blockModules: readonly (readonly [original: string, ours: string])[] = [
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

const topModules: readonly (readonly [original: string, ours: string])[] = [
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

const flip = (pairs: typeof topModules) => new Map(pairs.map(([original, ours]) => [ours, original]));
export const moduleNames = { block: blockModules, top: topModules };
const toOurs = { block: new Map(blockModules), top: new Map(topModules) };
const toOriginal = { block: flip(blockModules), top: flip(topModules) };

/** The longest known beginning of the name is replaced; what follows it (`.weight`, `.lora_A.weight`) stays. */
function replaced(name: string, tables: { block: Map<string, string>; top: Map<string, string> }): string | null {
  const block = /^blocks\.\d+\./.exec(name)?.[0] ?? '';
  const parts = name.slice(block.length).split('.');
  for (let count = parts.length; count > 0; count--) {
    const found = (block ? tables.block : tables.top).get(parts.slice(0, count).join('.'));
    if (found !== undefined) return block + [found, ...parts.slice(count)].join('.');
  }
  return null;
}

/** A tensor or module of an original file as diffusers calls it; null when there is none of that name. */
export const oursOf = (original: string): string | null => replaced(original, toOurs);
/** The way back. */
export const originalOf = (ours: string): string | null => replaced(ours, toOriginal);

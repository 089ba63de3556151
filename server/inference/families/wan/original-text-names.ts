/** Names of the text encoder's tensors in Wan's original `.pth`, some of which live on in safetensors, by part of a block. */
const inBlock: Record<string, string> = {
  'attn.q': '0.SelfAttention.q',
  'attn.k': '0.SelfAttention.k',
  'attn.v': '0.SelfAttention.v',
  'attn.o': '0.SelfAttention.o',
  'pos_embedding.embedding': '0.SelfAttention.relative_attention_bias',
  norm1: '0.layer_norm',
  'ffn.gate.0': '1.DenseReluDense.wi_0',
  'ffn.fc1': '1.DenseReluDense.wi_1',
  'ffn.fc2': '1.DenseReluDense.wo',
  norm2: '1.layer_norm',
};

/** As transformers calls it; null when there is none of that name. */
export function textName(original: string): string | null {
  if (original === 'token_embedding.weight') return 'shared.weight';
  if (original === 'norm.weight') return 'encoder.final_layer_norm.weight';
  const [, block, part = '', end] = /^blocks\.(\d+)\.(.+)\.(weight|scale_weight)$/.exec(original) ?? [];
  const ours = Object.hasOwn(inBlock, part) ? inBlock[part] : undefined;
  return ours === undefined ? null : `encoder.block.${block}.layer.${ours}.${end}`;
}

export interface VaeWidths {
  base: number;
  multiples: number[];
  /** Residual blocks per level. */
  blocks: number;
}

/** The names and shapes of the tensors of a Wan 2.1 VAE, to give weights by formula or by chance. */
export function vaeShapes({ base, multiples, blocks }: VaeWidths): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const conv = (key: string, shape: number[]) => {
    shapes.set(`${key}.weight`, shape);
    shapes.set(`${key}.bias`, [shape[0]!]);
  };
  const residual = (key: string, from: number, to: number) => {
    shapes.set(`${key}.norm1.gamma`, [from, 1, 1, 1]);
    shapes.set(`${key}.norm2.gamma`, [to, 1, 1, 1]);
    conv(`${key}.conv1`, [to, from, 3, 3, 3]);
    conv(`${key}.conv2`, [to, to, 3, 3, 3]);
    if (from !== to) conv(`${key}.conv_shortcut`, [to, from, 1, 1, 1]);
  };
  const middle = (key: string, c: number) => {
    residual(`${key}.resnets.0`, c, c);
    residual(`${key}.resnets.1`, c, c);
    shapes.set(`${key}.attentions.0.norm.gamma`, [c, 1, 1]);
    conv(`${key}.attentions.0.to_qkv`, [3 * c, c, 1, 1]);
    conv(`${key}.attentions.0.proj`, [c, c, 1, 1]);
  };
  const head = (key: string, from: number, to: number) => {
    shapes.set(`${key}.norm_out.gamma`, [from, 1, 1, 1]);
    conv(`${key}.conv_out`, [to, from, 3, 3, 3]);
  };
  const widths = multiples.map((multiple) => base * multiple);
  const deepest = widths.at(-1)!;

  conv('encoder.conv_in', [base, 3, 3, 3, 3]);
  let from = base;
  let layer = 0;
  for (const [i, to] of widths.entries()) {
    for (let block = 0; block < blocks; block++, from = to) residual(`encoder.down_blocks.${layer++}`, from, to);
    if (i === widths.length - 1) break;
    conv(`encoder.down_blocks.${layer}.resample.1`, [to, to, 3, 3]);
    if (i > 0) conv(`encoder.down_blocks.${layer}.time_conv`, [to, to, 3, 1, 1]);
    layer++;
  }
  middle('encoder.mid_block', deepest);
  head('encoder', deepest, 32);
  conv('quant_conv', [32, 32, 1, 1, 1]);

  conv('post_quant_conv', [16, 16, 1, 1, 1]);
  conv('decoder.conv_in', [deepest, 16, 3, 3, 3]);
  middle('decoder.mid_block', deepest);
  from = deepest;
  for (const [i, to] of widths.reverse().entries()) {
    const key = `decoder.up_blocks.${i}`;
    for (let block = 0; block <= blocks; block++, from = to) residual(`${key}.resnets.${block}`, from, to);
    if (i === widths.length - 1) break;
    from = Math.floor(to / 2);
    conv(`${key}.upsamplers.0.resample.1`, [from, to, 3, 3]);
    if (i < 2) conv(`${key}.upsamplers.0.time_conv`, [2 * to, to, 3, 1, 1]);
  }
  head('decoder', base, 3);
  return shapes;
}

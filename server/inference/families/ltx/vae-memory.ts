import type { LtxVaeFiles } from './pipeline';
import { StageBuilder } from './vae-stage';
import { decoderStages } from './vae-stages';

/** Sessions, pieces on their way, and what is left lying about. */
const base = 2.5e8;

/**
 * Bytes that decoding takes at a size in latent pixels, untiled; weights lie in their file, but for those in use, which are widened.
 * What layers keep is there twice while a piece is made. Measured with the published VAE: 1.4 GB at 8 x 8, where this says 1.4.
 */
export function decodeBytes({ config, checkpoint }: LtxVaeFiles, size: { height: number; width: number }): number {
  let { height, width } = size;
  let kept = 0;
  for (const stage of decoderStages(config)) {
    const b = new StageBuilder(stage.name, { checkpoint, kept: null, ends: 0, causal: stage.causal });
    const shape = [1, stage.channels, 9, height, width] as const;
    const graph = b.finish([...shape], stage.build(b, b.input([...shape])));
    for (const numbers of graph.kept.values()) kept += numbers.reduce((all, side) => all * side, 1);
    [, , , height, width] = graph.output;
  }
  const decoder = [...checkpoint.tensors.values()].filter(({ name }) => name.includes('decoder.'));
  const largest = Math.max(0, ...decoder.map((tensor) => tensor.shape.reduce((all, side) => all * side, 1)));
  return base + 4 * 2 * (kept + largest);
}

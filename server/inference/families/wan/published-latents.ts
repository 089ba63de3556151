import type { ModelCard } from '../../../../nodes/values';
import { wan22Statistics } from './infer-vae-config';
import { type VaeConfig, vaeConfig } from './vae-config';

/** RGB in [-1, 1] of Wan 2.1's latents, by least squares on decoded clips: rows are channels (the field's usual numbers). */
const colours21 = [
  [-0.1299, -0.1692, 0.2932],
  [0.0671, 0.0406, 0.0442],
  [0.3568, 0.2548, 0.1747],
  [0.0372, 0.2344, 0.142],
  [0.0313, 0.0189, -0.0328],
  [0.0296, -0.0956, -0.0665],
  [-0.3477, -0.4059, -0.2925],
  [0.0166, 0.1902, 0.1975],
  [-0.0412, 0.0267, -0.1364],
  [-0.1293, 0.074, 0.1636],
  [0.068, 0.3019, 0.1128],
  [0.0032, 0.0581, 0.0639],
  [-0.1251, 0.0927, 0.1699],
  [0.006, -0.0633, 0.0005],
  [0.3477, 0.2275, 0.295],
  [0.1984, 0.0913, 0.1861],
];
const bias21 = [-0.1835, -0.0868, -0.336];

type Statistics = Pick<VaeConfig, 'latents_mean' | 'latents_std'>;
const wan21: Statistics = vaeConfig.parse({ _class_name: 'AutoencoderKLWan' });
const same = (a: Statistics, b: Statistics): boolean =>
  a.latents_mean.join() === b.latents_mean.join() && a.latents_std.join() === b.latents_std.join();

/**
 * What is known of the latents of the published VAEs, which are told by their statistics: how to see them without decoding,
 * and what a tiny decoder for them is called. Nothing for others.
 */
export function published(vae: Statistics): Pick<ModelCard, 'preview' | 'tiny'> {
  if (same(vae, wan21)) {
    const weights = [0, 1, 2].map((colour) => colours21.map((row) => row[colour]!));
    return { preview: { weights, bias: bias21 }, tiny: { name: 'taew2_1' } };
  }
  return same(vae, wan22Statistics) ? { tiny: { name: 'taew2_2' } } : {};
}

/*
 * Names of the VAE's tensors in Wan's original files. These number all layers on the way down (or up) in one list;
 * diffusers sorts them into blocks. Which layer is what follows from the tensors it has, so that any number of layers
 * in a block is understood.
 */

const inResidual: Record<string, string> = {
  'residual.0': 'norm1',
  'residual.2': 'conv1',
  'residual.3': 'norm2',
  'residual.6': 'conv2',
  shortcut: 'conv_shortcut',
};
const middle: Record<string, string> = { 0: 'resnets.0', 1: 'attentions.0', 2: 'resnets.1' };

/** `residual.0.gamma` → `norm1.gamma`; other names are the same in both. */
const layerPart = (rest: string): string => {
  const found = Object.keys(inResidual).find((part) => rest.startsWith(`${part}.`));
  return found === undefined ? rest : inResidual[found] + rest.slice(found.length);
};

/** Diffusers' names of all tensors of a Wan VAE by their original names; null for those that belong to none. */
export function vaeNames(originals: Iterable<string>): Map<string, string | null> {
  const all = [...originals];
  const blocks = upBlocks(all);
  return new Map(all.map((name) => [name, vaeName(name, blocks)]));
}

/** Where each layer of a flat decoder goes. */
function upBlocks(all: readonly string[]): Map<number, string> {
  const isResample = new Map<number, boolean>();
  for (const name of all) {
    const match = /^decoder\.upsamples\.(\d+)\.(\w+)/.exec(name);
    if (match && match[2] !== 'upsamples')
      isResample.set(Number(match[1]), match[2] !== 'residual' && match[2] !== 'shortcut');
  }
  const places = new Map<number, string>();
  let [block, layer] = [0, 0];
  for (const [index, resample] of [...isResample].sort(([a], [b]) => a - b)) {
    places.set(index, resample ? `${block}.upsamplers.0` : `${block}.resnets.${layer}`);
    if (resample) [block, layer] = [block + 1, 0];
    else layer += 1;
  }
  return places;
}

function vaeName(name: string, blocks: ReadonlyMap<number, string>): string | null {
  const top = /^(conv1|conv2)\.(weight|bias)$/.exec(name);
  if (top) return `${top[1] === 'conv1' ? 'quant_conv' : 'post_quant_conv'}.${top[2]}`;
  const [, half, part, rest = ''] =
    /^(encoder|decoder)\.(conv1|head|middle|downsamples|upsamples)\.(.+)$/.exec(name) ?? [];
  if (!half) return null;
  if (part === 'conv1') return `${half}.conv_in.${rest}`;
  if (part === 'head') {
    const last = /^([02])\.(.+)$/.exec(rest);
    return last && `${half}.${last[1] === '0' ? 'norm_out' : 'conv_out'}.${last[2]}`;
  }
  const [, index = '', inner = ''] = /^(\d+)\.(.+)$/.exec(rest) ?? [];
  if (part === 'middle') return middle[index] ? `${half}.mid_block.${middle[index]}.${layerPart(inner)}` : null;
  const way = part === 'downsamples' ? 'down' : 'up';
  // Wan 2.2 has its layers in blocks already.
  const [, layer, deep] = new RegExp(`^${part}\\.(\\d+)\\.(.+)$`).exec(inner) ?? [];
  if (layer !== undefined && deep !== undefined) {
    const isResample = /^(resample|time_conv)\./.test(deep);
    return `${half}.${way}_blocks.${index}.${isResample ? `${way}sampler` : `resnets.${layer}`}.${layerPart(deep)}`;
  }
  if (way === 'down') return `${half}.down_blocks.${index}.${layerPart(inner)}`;
  const place = blocks.get(Number(index));
  return place === undefined ? null : `${half}.up_blocks.${place}.${layerPart(inner)}`;
}

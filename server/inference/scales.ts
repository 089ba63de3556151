import type { StoredTensor } from './safetensors';

/** What the scale of `<layer>.weight` is called, by who wrote the file. */
const scaleNames = [
  (layer: string) => `${layer}.scale_weight`,
  (layer: string) => `${layer}.weight_scale`,
  (layer: string) => `${layer}.weight.scale`,
  (layer: string) => `${layer}.scale`,
];

/**
 * Joins fp8 weights with their scales: the weight is the stored value times the scale. Scales of activations
 * (`scale_input`) are left out: they serve arithmetic in fp8, and here it is fp32.
 */
export function withScales(tensors: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const joined = new Map(tensors);
  for (const [name, tensor] of tensors) {
    if (!tensor.dtype.startsWith('F8_') || !name.endsWith('.weight')) continue;
    const layer = name.slice(0, -'.weight'.length);
    const found = scaleNames.map((nameOf) => nameOf(layer)).find((candidate) => tensors.has(candidate));
    const scale = found === undefined ? undefined : tensors.get(found);
    if (found === undefined || !scale) continue;
    joined.set(name, { ...tensor, scale });
    joined.delete(found);
  }
  for (const name of joined.keys()) if (isAboutStorage(name)) joined.delete(name);
  return joined;
}

/** Tensors that say how others are stored, and are no weights. */
const isAboutStorage = (name: string): boolean => /(^|\.)(scaled_fp8|scale_input|input_scale|comfy_quant)$/.test(name);

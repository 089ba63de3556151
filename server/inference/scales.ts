import type { StoredTensor } from './safetensors';

/** What the scale of `<layer>.weight` is called, by who wrote the file. */
const scaleNames = [
  (layer: string) => `${layer}.scale_weight`,
  (layer: string) => `${layer}.weight_scale`,
  (layer: string) => `${layer}.weight.scale`,
  (layer: string) => `${layer}.scale`,
];

const wanted = 'Use a file in fp32, fp16, bf16, or fp8 with one scale for each weight or row (fp8_scaled).';

/**
 * Joins fp8 weights with their scales: the weight is the stored value times the scale. Scales of activations
 * (`scale_input`) are left out: they serve arithmetic in fp8, and here it is fp32. Throws a sentence for weights that are
 * stored in another way: in whole numbers, or with a scale for every few of them (int8, nvfp4, mxfp8).
 */
export function withScales(tensors: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const joined = new Map(tensors);
  for (const [name, tensor] of tensors) {
    if (!name.endsWith('.weight')) continue;
    if (!/^(B?F\d+|F8_\w+)$/.test(tensor.dtype))
      throw new Error(
        `${tensor.file}: "${name}" is stored as ${tensor.dtype}, which is not read as a weight. ${wanted}`,
      );
    if (!tensor.dtype.startsWith('F8_')) continue;
    const layer = name.slice(0, -'.weight'.length);
    const found = scaleNames.map((nameOf) => nameOf(layer)).find((candidate) => tensors.has(candidate));
    const scale = found === undefined ? undefined : tensors.get(found);
    if (found === undefined || !scale) continue;
    const count = scale.shape.reduce((a, b) => a * b, 1);
    if (count !== 1 && count !== tensor.shape[0])
      throw new Error(
        `${scale.file}: "${found}" has ${count} numbers for ${tensor.shape[0]} rows, which is not read. ${wanted}`,
      );
    joined.set(name, { ...tensor, scale });
    joined.delete(found);
  }
  for (const name of joined.keys()) if (isAboutStorage(name)) joined.delete(name);
  return joined;
}

/** Tensors that say how others are stored, and are no weights. */
const isAboutStorage = (name: string): boolean => /(^|\.)(scaled_fp8|scale_input|input_scale|comfy_quant)$/.test(name);

/*
 * How diffusers and transformers call the weights of a model's part: `stem.safetensors`, or shards and an index that says what
 * is in them; and the same again for every *variant* (`fp16`, `bf16`), whose name stands among the words. Both have put it in two
 * places: `stem.fp16-00001-of-00002.safetensors` with `stem.safetensors.index.fp16.json`, and, in older folders,
 * `stem-00001-of-00002.fp16.safetensors` with `stem.safetensors.fp16.index.json`. What huggingface_hub writes has
 * `stem.fp16.safetensors.index.json`.
 */

export const stems = ['diffusion_pytorch_model', 'model'] as const;

/** Weights that are whole by themselves: one file, or an index and the shards that are there. */
export interface WeightSet {
  /** Empty for the plain names. */
  variant: string;
  index?: string;
  /** In name order; none where an index stands alone. */
  files: string[];
}

const stem = `(${stems.join('|')})`;
const weights = new RegExp(`^${stem}(?:\\.(\\w+))?(-\\d+-of-\\d+)?(?:\\.(\\w+))?\\.safetensors$`);
const indices = new RegExp(`^${stem}(\\.\\w+)?\\.safetensors(\\.\\w+)?\\.index(\\.\\w+)?\\.json$`);

/** Of two variants the more exact one: fp16 keeps three bits of each number more than bf16, and weights stay within its range. */
const exactness = ['', 'fp32', 'fp16', 'bf16'];
const rank = (variant: string): number => {
  const at = exactness.indexOf(variant);
  return at < 0 ? exactness.length : at;
};

/** Puts the plain weights first, then variants from the most exact one on, those with other names last, by name. */
export const byExactness = (one: string, other: string): number =>
  rank(one) - rank(other) || (one < other ? -1 : Number(one > other));

/**
 * What of a folder's file names are weights, by preference: by exactness; diffusers' stem before transformers', shards before
 * one file. An index without a single shard comes after all others: it alone is of no use.
 */
export function weightSets(names: readonly string[]): WeightSet[] {
  const sets = new Map<string, WeightSet & { stem: string }>();
  const at = (stem: string, variant: string, kind: 'shards' | 'single') => {
    const key = [stem, variant, kind].join('/');
    const held = sets.get(key) ?? { stem, variant, files: [] };
    sets.set(key, held);
    return held;
  };
  for (const name of [...names].sort()) {
    const [, stem = '', before, shard, behind] = weights.exec(name) ?? [];
    if (stem && !(before && behind)) at(stem, before ?? behind ?? '', shard ? 'shards' : 'single').files.push(name);
    const [, of = '', ...places] = indices.exec(name) ?? [];
    const [variant = '', ...more] = places.flatMap((place) => place?.slice(1) ?? []);
    if (of && !more.length) at(of, variant, 'shards').index ??= name;
  }
  const isAlone = ({ files }: WeightSet) => Number(files.length === 0);
  return [...sets]
    .filter(([key, { index }]) => key.endsWith('single') || index !== undefined)
    .sort(
      ([key, one], [other, two]) =>
        isAlone(one) - isAlone(two) ||
        byExactness(one.variant, two.variant) ||
        (one.stem < two.stem ? -1 : Number(one.stem > two.stem)) ||
        (key > other ? 1 : -1),
    )
    .map(([, { variant, index, files }]) => ({ variant, files, ...(index === undefined ? {} : { index }) }));
}

/** The index that a shard of this name belongs to; null for names that are no shard's. */
export function indexNameOf(shard: string): string | null {
  const [, stem, before, number, behind] = weights.exec(shard) ?? [];
  if (stem === undefined)
    return /-\d+-of-\d+\.safetensors$/.test(shard)
      ? shard.replace(/-\d+-of-\d+\.safetensors$/, '.safetensors.index.json')
      : null;
  const variant = before ?? behind;
  return number === undefined ? null : `${stem}.safetensors.index.${variant === undefined ? '' : `${variant}.`}json`;
}

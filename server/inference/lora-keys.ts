/** What a LoRA may have for one module of a network; `full` and `fullBias` are added to weight and bias as they are. */
export type AdapterTensor = 'down' | 'up' | 'alpha' | 'full' | 'fullBias';

/** What a key says about its module, in every dialect: PEFT's, the original's, kohya's, and older ones of diffusers. */
const endings: readonly (readonly [RegExp, AdapterTensor])[] = [
  [/\.lora_A(\.\w+)?\.weight$|\.lora_A$|\.lora_down\.weight$|\.lora\.down\.weight$/, 'down'],
  [/\.lora_B(\.\w+)?\.weight$|\.lora_B$|\.lora_up\.weight$|\.lora\.up\.weight$/, 'up'],
  [/\.alpha$/, 'alpha'],
  [/\.diff$/, 'full'],
  [/\.diff_b$/, 'fullBias'],
];
/** lightx2v's files: what is added to the table of shifts and scales of a block, or of the head. */
const tables = /\.diff_m$/;

/** The module a key of a LoRA's file belongs to, and what of it; null for a key of something else. */
export function splitKey(key: string): { module: string; what: AdapterTensor } | null {
  for (const [ending, what] of endings) {
    const match = ending.exec(key);
    if (match) return { module: key.slice(0, match.index), what };
  }
  return tables.test(key) ? { module: key.replace(tables, '.modulation'), what: 'full' } : null;
}

/** Whether a file is a LoRA, by its keys. */
export const isLora = (names: Iterable<string>): boolean => [...names].some((name) => splitKey(name)?.what === 'down');

import type { Spelling } from '../../lora';

/** Names of a denoiser's modules in the original files and in the diffusers layout. */
export type NamePairs = readonly (readonly [original: string, ours: string])[];
export interface ModuleNames {
  /** What a block's name begins with, before its number: `blocks`. */
  blocks: string;
  /** Inside a block, and outside of all. */
  block: NamePairs;
  top: NamePairs;
}

type Tables = Record<'block' | 'top', ReadonlyMap<string, string>>;
const tablesOf = ({ block, top }: ModuleNames, turn: (pair: NamePairs[number]) => [string, string]): Tables => ({
  block: new Map(block.map(turn)),
  top: new Map(top.map(turn)),
});

/** The longest known beginning of the name is replaced; what follows it (`.weight`, `.lora_A.weight`) stays. */
function replaced(name: string, blocks: RegExp, tables: Tables): string | null {
  const block = blocks.exec(name)?.[0] ?? '';
  const parts = name.slice(block.length).split('.');
  for (let count = parts.length; count > 0; count--) {
    const found = (block ? tables.block : tables.top).get(parts.slice(0, count).join('.'));
    if (found !== undefined) return block + [found, ...parts.slice(count)].join('.');
  }
  return null;
}

/** Tensors or modules of an original file as diffusers calls them, and the way back; null when there is none of that name. */
export function renaming(names: ModuleNames): Record<'oursOf' | 'originalOf', (name: string) => string | null> {
  const blocks = new RegExp(`^${names.blocks}\\.\\d+\\.`);
  const [there, back] = [tablesOf(names, ([a, b]) => [a, b]), tablesOf(names, ([a, b]) => [b, a])];
  return { oursOf: (name) => replaced(name, blocks, there), originalOf: (name) => replaced(name, blocks, back) };
}

/** What stands before the names of a network's modules in LoRA files, by who wrote the file. */
const prefixes = /^(base_model\.model\.)?(model\.diffusion_model\.|diffusion_model\.|transformer\.)?/;
const kohya = /^lora_(unet|transformer)_/;
const flat = (name: string): string => name.replaceAll('.', '_');

/**
 * Modules as LoRA files call them: after diffusers, after the original, or kohya's way, which writes dots as underscores,
 * though names have those too: all modules are looked up. `isOurs` says whether a file uses diffusers' names where the two
 * worlds call different layers the same.
 */
export function spellingOf(names: ModuleNames, isOurs: (names: readonly string[]) => boolean): Spelling {
  const { oursOf, originalOf } = renaming(names);
  const original = tablesOf(names, ([a, b]) => [flat(a), b]);
  const ours = tablesOf(names, ([, b]) => [flat(b), b]);
  const block = new RegExp(`^${names.blocks}_(\\d+)_(.+)$`);
  return (all) => {
    const after = isOurs(all);
    return (written) => {
      if (!kohya.test(written)) {
        const name = written.replace(prefixes, '');
        return after ? originalOf(name) && name : oursOf(name);
      }
      const name = written.replace(kohya, '');
      const [, number, rest = ''] = block.exec(name) ?? [];
      const tables = after ? ours : original;
      if (number === undefined) return tables.top.get(name) ?? null;
      const module = tables.block.get(rest);
      return module === undefined ? null : `${names.blocks}.${number}.${module}`;
    };
  };
}

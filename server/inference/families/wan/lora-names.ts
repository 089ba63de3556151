import type { Spelling } from '../../lora';
import { moduleNames, originalOf, oursOf } from './original-names';

/** What stands before the names of a network's modules, by who wrote the file. */
const prefixes = /^(base_model\.model\.)?(model\.diffusion_model\.|diffusion_model\.|transformer\.)?/;
const kohya = /^lora_(unet|transformer)_/;

/** kohya writes dots as underscores, which names have too: all modules are looked up by what they become. */
const flat = (name: string): string => name.replaceAll('.', '_');
type Pairs = (typeof moduleNames)['block'];
const byFlat = (pairs: Pairs, column: 0 | 1) => new Map(pairs.map((pair) => [flat(pair[column]), pair[1]]));
const underscored = ([0, 1] as const).map((column) => ({
  block: byFlat(moduleNames.block, column),
  top: byFlat(moduleNames.top, column),
}));

/** Modules of Wan's denoiser as LoRA files call them: after diffusers, after the original, or kohya's way. */
export const wanLoraSpelling: Spelling = (names) => {
  // norm2 is another layer in the two worlds, so the file as a whole tells which one it is from.
  const isOurs = names.some((name) => /[._]attn[12][._]|[._]ffn[._]net[._]/.test(name));
  const tables = underscored[isOurs ? 1 : 0];
  return (written) => {
    if (kohya.test(written)) {
      const name = written.replace(kohya, '');
      const [, block, rest = ''] = /^blocks_(\d+)_(.+)$/.exec(name) ?? [];
      if (block === undefined) return tables?.top.get(name) ?? null;
      const module = tables?.block.get(rest);
      return module === undefined ? null : `blocks.${block}.${module}`;
    }
    const name = written.replace(prefixes, '');
    if (isOurs) return originalOf(name) === null ? null : name;
    return oursOf(name);
  };
};

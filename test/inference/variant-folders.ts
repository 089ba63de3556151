import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parityFolder } from './parity-files';

/** The variants of Wan made by test/parity/wan-variants/make.py, and what is common to all of them. */
export const variantsFolder = join(parityFolder, 'wan-variants');
const common = ['vae', 'text_encoder', 'tokenizer'];

/** Complete model folders under `into`: what is a variant's own, with the rest of the plain Wan 2.1 folder. */
export async function variantFolders(into: string): Promise<string> {
  for (const entry of await readdir(variantsFolder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(into, entry.name);
    await mkdir(folder, { recursive: true });
    await cp(join(variantsFolder, entry.name), folder, { recursive: true });
    for (const name of common) await cp(join(parityFolder, 'wan21-t2v', name), join(folder, name), { recursive: true });
  }
  return into;
}

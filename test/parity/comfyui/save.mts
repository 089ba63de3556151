import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveSingles, saveVariant } from '../../inference/layouts';
import { variantFolders } from '../../inference/variant-folders';

/* The single files that make.py loads: npx tsx test/parity/comfyui/save.mts <folder> */
const into = process.argv[2];
if (!into) throw new Error('Say where to: npx tsx test/parity/comfyui/save.mts <folder>');
const variants = await mkdtemp(join(tmpdir(), 'skein-variants-'));
await variantFolders(variants);
await saveSingles('wan21-t2v', join(into, 'wan21-t2v'));
for (const name of ['wan22-t2v-a14b', 'wan22-i2v-a14b']) await saveVariant(join(variants, name), join(into, name));
await rm(variants, { recursive: true });

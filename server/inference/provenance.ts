import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { z } from 'zod';

/** Where a model came from: written beside the files that Skein has brought from a hub. */
export const provenance = z.object({
  endpoint: z.string(),
  repository: z.string(),
  revision: z.string(),
  licence: z.object({ id: z.string(), name: z.string(), link: z.string() }).partial(),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
  at: z.string(),
});
export type Provenance = z.output<typeof provenance>;

export const provenanceName = '.skein-download.json';

/** The folder that Skein itself fills: links to what was added, and what was downloaded. */
export const ownModels = (dataFolder: string): string => join(/* turbopackIgnore: true */ dataFolder, 'models');

/** Which download the folder or file at `path` belongs to, and that download's folder; null for what Skein did not bring. */
export async function downloadOf(path: string, dataFolder: string): Promise<(Provenance & { folder: string }) | null> {
  // Only there: elsewhere such a note could be a stranger's.
  const own = (await realpath(ownModels(dataFolder)).catch(() => ownModels(dataFolder))) + sep;
  if (!path.startsWith(own)) return null;
  const folder = own + path.slice(own.length).split(sep)[0];
  const text = await readFile(join(folder, provenanceName), 'utf8').catch(() => null);
  if (text === null || dirname(folder) + sep !== own) return null;
  try {
    return { ...provenance.parse(JSON.parse(text)), folder };
  } catch {
    return null;
  }
}

import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { foreignName, gguf, isUnfinished, pickle } from './foreign-format';
import { indexNameOf } from './weight-names';

/*
 * Why a part of a model has no weights, from what lies there in their place: most of the time a download has not ended, or
 * brought another kind of file.
 */

/** A sentence with a remedy for a part's folder in which none of the usual files is; `stems` are what these are called. */
export async function whyNoWeights(folder: string, stems: readonly string[]): Promise<string> {
  const names = await readdir(folder).catch((): string[] => []);
  const usual = stems.map((stem) => `${stem}.safetensors`);
  const going = await downloadIn(folder, names);
  if (going) return `${folder}: ${going}`;
  const shard = names.find((name) => indexNameOf(name) !== null);
  if (shard)
    return `${folder}: here are shards (${shard}), and no ${indexNameOf(shard)} that says what is in them. Download it as well.`;
  const other = names.find((name) => name.endsWith('.safetensors'));
  if (other)
    return `${folder}: the weights are called ${other}, a name that is not looked for. Rename the file to ${usual[0]}.`;
  const formats = names.map((name) => foreignName(name));
  const foreign = [pickle, gguf].find((format) => formats.includes(format));
  if (foreign)
    return `${folder}: no .safetensors file is here, but ${names[formats.indexOf(foreign)]}. ${foreign.says} ${foreign.remedy}`;
  return `${folder}: there is neither ${usual.join(' nor ')}. Download the weights in the safetensors format.`;
}

/** The same for shards that an index names and that are not there. */
export async function whyNoShards(
  folder: string,
  { lacking, of }: { lacking: readonly string[]; of: number },
): Promise<string> {
  const going = await downloadIn(folder, await readdir(folder).catch((): string[] => []));
  const which =
    lacking.length > 1
      ? `${lacking.length} of ${of} shards are missing, ${lacking[0]} first`
      : `the shard ${lacking[0]} is missing`;
  return `${folder}: ${which}. ${going ?? 'Download what is missing into this folder.'}`;
}

/** Whether something is on its way: files half there, or in the hub cache of which this folder is a snapshot. */
async function downloadIn(folder: string, names: readonly string[]): Promise<string | null> {
  const cache = folder.split(`${sep}snapshots${sep}`)[0];
  const blobs = cache === folder || cache === undefined ? [] : await readdir(join(cache, 'blobs')).catch(() => []);
  const going = [...names, ...blobs].find(isUnfinished);
  return going === undefined
    ? null
    : `Its download has not ended (${going} is a part of a file). Let it end, or start it again.`;
}

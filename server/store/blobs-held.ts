import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { OutputSummary } from '../../nodes/events';
import type { Value } from '../../nodes/values';
import type { Held } from '../engine/cache';
import type { BlobId, Blobs } from './blobs';
import type { Entries, Entry, EntryOutput } from './blobs-entries';
import { BlobMissing } from './blobs-errors';
import { framesIn, type StoredFrames } from './blobs-frames';
import { tensorValue } from './blobs-values';

/** One output as it was made: a value in memory, or frames drained to a file that lives as long as the run. */
export type Made =
  | { summary: OutputSummary; value: Value; parts?: Uint8Array[] }
  | { summary: OutputSummary; file: string; id: BlobId; stored: StoredFrames };

/** Bytes these outputs take on disk, apart from what fits into the entry. */
export const madeBytes = (made: ReadonlyMap<string, Made>): number =>
  [...made.values()].reduce((sum, one) => {
    if ('file' in one) return sum + one.id.bytes;
    return sum + (one.parts ?? []).reduce((bytes, part) => bytes + part.length, 0);
  }, 0);

const summaries = (made: ReadonlyMap<string, Made>): Record<string, OutputSummary> =>
  Object.fromEntries([...made].map(([port, one]) => [port, { ...one.summary, ...digestOfMade(one) }]));

const sha256 = (parts: readonly Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

function digestOfMade(one: Made): { digest?: string } {
  if ('file' in one) return { digest: one.id.sha256 };
  return one.parts ? { digest: sha256(one.parts) } : {};
}

/** The same digest wherever the bytes lie: in a blob of their own, or in the entry when they are few. */
function digestOfStored({ blob, tensor }: EntryOutput): { digest?: string } {
  if (blob) return { digest: blob.sha256 };
  return tensor === undefined ? {} : { digest: sha256([Buffer.from(tensor, 'base64')]) };
}

/** Results that are not worth keeping: they go with the run. */
export function heldForRun(made: ReadonlyMap<string, Made>, seconds: number): Held {
  let isLost = false;
  const left = new Map(made);
  const lost = () => {
    isLost = true;
  };
  return {
    outputs: summaries(made),
    seconds,
    isLost: () => isLost,
    async value(port) {
      const one = left.get(port);
      if (!one)
        throw new Error(`The output "${port}" was already let go. This is a fault of the engine: please report it.`);
      if (!('file' in one)) return one.value;
      return framesIn(one.file, { stored: one.stored, sha256: one.id.sha256, lost });
    },
    discard() {
      for (const one of left.values()) if ('file' in one) fs.rmSync(one.file, { force: true });
      left.clear();
    },
  };
}

/** Results that lie in the cache. `memory` spares reading back what has just been made. */
export function heldEntry(
  entry: Entry,
  about: { entries: Entries; values: Blobs; memory?: ReadonlyMap<string, Made> },
): Held {
  let isLost = false;
  let memory = about.memory;
  const lose = (sha256: string) => {
    isLost = true;
    about.entries.remove(entry.fingerprint);
    about.values.remove(sha256);
  };
  const load = async (output: EntryOutput): Promise<Value> => {
    const { inline, tensor, blob, frames } = output;
    if (inline) return inline;
    if (tensor !== undefined) return tensorValue(Buffer.from(tensor, 'base64'));
    if (!blob) throw new Error('A cache entry names no value. Delete the folder "cache" and run again.');
    if (frames) {
      if (about.values.bytes(blob.sha256) === null) {
        lose(blob.sha256);
        throw new BlobMissing(blob.sha256);
      }
      const lost = () => lose(blob.sha256);
      return framesIn(about.values.path(blob.sha256), { stored: frames, sha256: blob.sha256, lost });
    }
    try {
      return tensorValue(await about.values.read(blob.sha256));
    } catch (error) {
      lose(blob.sha256);
      throw error;
    }
  };
  return {
    outputs: Object.fromEntries(
      Object.entries(entry.outputs).map(([port, output]) => {
        const { kind, facts, file } = output;
        return [port, { kind, facts, ...digestOfStored(output), ...(file && { file }) }];
      }),
    ),
    seconds: entry.seconds,
    ...(entry.seen ? { seen: entry.seen } : {}),
    isLost: () => isLost,
    async value(port) {
      const inMemory = memory?.get(port);
      if (inMemory && 'value' in inMemory) return inMemory.value;
      const output = entry.outputs[port];
      if (!output)
        throw new Error(`The cached result has no output "${port}". Delete the folder "cache" and run again.`);
      return load(output);
    },
    discard() {
      memory = undefined;
    },
  };
}

/** Puts one output where an entry can name it. */
export async function storeOutput(one: Made, about: { values: Blobs; durable: boolean }): Promise<EntryOutput> {
  const { kind, facts, file } = one.summary;
  const summary = { kind, facts, ...(file && { file }) };
  if ('file' in one) {
    const blob = await about.values.adopt(one.file, { durable: about.durable, known: one.id });
    return { ...summary, blob, frames: one.stored };
  }
  const { value, parts } = one;
  if (value.kind === 'text' || value.kind === 'file' || value.kind === 'measures') return { ...summary, inline: value };
  if (!parts)
    throw new Error(`A value of kind ${value.kind} cannot be stored. This is a fault of the cache: please report it.`);
  const size = parts.reduce((bytes, part) => bytes + part.length, 0);
  // A second file would cost as much as all the rest.
  if (size <= 4096) return { ...summary, tensor: Buffer.concat(parts).toString('base64') };
  return { ...summary, blob: await about.values.write(parts, { durable: about.durable }) };
}

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { OutputSummary, StepSeen } from '../../nodes/events';
import { type BlobId, writeByRename } from './blobs';
import type { StoredFrames } from './blobs-frames';
import type { InlineValue } from './blobs-values';

const digestLength = 64;

/** One output of a node, as the cache holds it. */
export interface EntryOutput extends OutputSummary {
  /** The value itself, when it is words, figures or a file. */
  inline?: InlineValue;
  /** The value as a safetensors file in base64, when it is small. */
  tensor?: string;
  /** Where the value lies otherwise: a blob of the cache. */
  blob?: BlobId;
  /** How to read the blob, when it holds frames. */
  frames?: StoredFrames;
}

/** What the cache knows under a fingerprint: one small file, read and written whole. */
export interface Entry {
  /** Of this shape. Goes up when the shape changes: entries of another one are not there, as far as we know. */
  format: 1;
  fingerprint: string;
  /** Type of the node that made it. */
  type: string;
  seconds: number;
  /** Milliseconds since the epoch. When it was last used is the file's own time. */
  created: number;
  pinned: boolean;
  /** Of what was denoised: how it looked, and how far it was. */
  seen?: StepSeen;
  outputs: Record<string, EntryOutput>;
}

/** The files of all entries, `ab/abcd....json`: a SHA-256, a line break, and the JSON it is the digest of. */
export function openEntries(folder: string) {
  const file = (fingerprint: string) => path.join(folder, fingerprint.slice(0, 2), `${fingerprint}.json`);

  /** Null when there is none, or when it is not exactly what was written. */
  const read = (fingerprint: string): Entry | null => {
    const whole = file(fingerprint);
    // Most look-ups of a new run miss, and a thrown error costs ten times as much as this question.
    if (!fs.existsSync(whole)) return null;
    try {
      const text = fs.readFileSync(whole, 'utf8');
      const json = text.slice(digestLength + 1);
      if (text.slice(0, digestLength) !== hashOf(json)) return null;
      const entry = JSON.parse(json) as Entry; // written by `write`: the digest says so
      return entry.format === 1 && entry.fingerprint === fingerprint ? entry : null;
    } catch {
      return null;
    }
  };

  /** `durable` also survives a power cut; without it only the process may die. */
  const write = (entry: Entry, durable: boolean): void => {
    const json = JSON.stringify(entry);
    writeByRename(file(entry.fingerprint), `${hashOf(json)}\n${json}`, { durable });
  };

  const remove = (fingerprint: string) => fs.rmSync(file(fingerprint), { force: true });

  /** Sets the time of last use to now. */
  const touch = (fingerprint: string): void => {
    const now = new Date();
    try {
      if (fs.existsSync(file(fingerprint))) fs.utimesSync(file(fingerprint), now, now);
    } catch {
      // Not cached, or evicted meanwhile: nothing to mark.
    }
  };

  /** All entries with their time of last use, in seconds since the epoch. */
  async function* list(): AsyncGenerator<{ entry: Entry; lastUsed: number }> {
    for (const fan of await names(folder)) {
      for (const name of await names(path.join(folder, fan))) {
        const whole = path.join(folder, fan, name);
        const stat = await fs.promises.stat(whole).catch(() => null);
        const entry = name.endsWith('.json') ? read(name.slice(0, -5)) : null;
        if (entry && stat) yield { entry, lastUsed: stat.mtimeMs / 1000 };
        // An unreadable entry is of no use to anyone; a temporary file is left behind by a killed process.
        else if (stat && Date.now() - stat.mtimeMs > 3600e3) await fs.promises.rm(whole, { force: true });
      }
    }
  }

  return { read, write, remove, touch, list };
}

export type Entries = ReturnType<typeof openEntries>;

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const names = (folder: string) => fs.promises.readdir(folder).catch((): string[] => []);

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { kinds } from '../../nodes/values';
import { writeByRename } from './blobs';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).optional());

const entryOutput = z.object({
  kind: z.enum(kinds),
  facts,
  file: z.object({ sha256: digest, mime: z.string(), bytes: z.number(), name: z.string() }).optional(),
  /** The value itself, when it is small. */
  inline: z.record(z.string(), z.unknown()).optional(),
  /** Where the value lies otherwise: a blob of the cache. */
  blob: z.object({ sha256: digest, bytes: z.number() }).optional(),
  frames: z
    .object({ width: z.number(), height: z.number(), count: z.number(), fps: z.number(), table: digest })
    .optional(),
});

const entrySchema = z.object({
  fingerprint: digest,
  type: z.string(),
  seconds: z.number(),
  /** Milliseconds since the epoch. When it was last used is the file's own time. */
  created: z.number(),
  pinned: z.boolean(),
  outputs: z.record(z.string(), entryOutput),
});

/** What the cache knows under a fingerprint: one small JSON file, read and written whole. */
export type Entry = z.output<typeof entrySchema>;
export type EntryOutput = z.output<typeof entryOutput>;

const fileSchema = z.object({ sha256: digest, entry: entrySchema });

/** The files of all entries, `ab/abcd....json`. */
export function openEntries(folder: string) {
  const file = (fingerprint: string) => path.join(folder, fingerprint.slice(0, 2), `${fingerprint}.json`);

  /** Null when there is none, or when it is not exactly what was written. */
  const read = (fingerprint: string): Entry | null => {
    const whole = file(fingerprint);
    // Most look-ups of a new run miss, and a thrown error costs ten times as much as this question.
    if (!fs.existsSync(whole)) return null;
    try {
      const text = fs.readFileSync(whole, 'utf8');
      const { sha256, entry } = fileSchema.parse(JSON.parse(text));
      return entry.fingerprint === fingerprint && sha256 === hashOf(JSON.stringify(entry)) ? entry : null;
    } catch {
      return null;
    }
  };

  /** `durable` also survives a power cut; without it only the process may die. */
  const write = (entry: Entry, durable: boolean): void => {
    const to = file(entry.fingerprint);
    const ordered = entrySchema.parse(entry); // in the schema's order, as it will be read
    const text = JSON.stringify({ sha256: hashOf(JSON.stringify(ordered)), entry: ordered });
    writeByRename(to, text, { durable });
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

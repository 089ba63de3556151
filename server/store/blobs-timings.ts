import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** How long what was read is believed, in milliseconds. */
const freshMs = 500;

/** How long the same amount of work took the last time, kept over restarts. A guess for people, never relied upon. */
export function openTimings(file: string) {
  let known: Map<string, number> | undefined;
  let isChanged = false;
  let looked = Number.NEGATIVE_INFINITY;
  let written = 0;
  const limit = 5000;

  /** Read again when another process has written: the one that asks is seldom the one that measures. */
  const all = (): Map<string, number> => {
    if (known && (isChanged || performance.now() - looked < freshMs)) return known;
    looked = performance.now();
    const time = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (known && time === written) return known;
    written = time;
    known = new Map(Object.entries(readNumbers(file)));
    return known;
  };
  const key = (work: string) => createHash('sha256').update(work).digest('hex').slice(0, 24);

  return {
    seconds: (work: string): number | undefined => all().get(key(work)),

    note(work: string, seconds: number): void {
      const name = key(work);
      all().delete(name); // to the end: the oldest go first
      all().set(name, Number(seconds.toPrecision(4)));
      isChanged = true;
    },

    /** Writes what has changed; another process's notes of the same moment may be lost. */
    save(): void {
      if (!isChanged || !known) return;
      const kept = [...Object.entries(readNumbers(file)).filter(([name]) => !known!.has(name)), ...known].slice(-limit);
      const making = `${file}.${randomUUID()}.tmp`;
      try {
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(making, JSON.stringify(Object.fromEntries(kept)));
        fs.renameSync(making, file);
        isChanged = false;
      } catch {
        fs.rmSync(making, { force: true }); // a full disk costs us an estimate, nothing more
      }
    },
  };
}

function readNumbers(file: string): Record<string, number> {
  try {
    const found: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return Object.fromEntries(Object.entries(found ?? {}).filter(([, value]) => typeof value === 'number'));
  } catch {
    return {};
  }
}

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Where a worker calls, and the secret it shows. */
export interface Door {
  address: string;
  secret: string;
}

/** The note that tells a worker started by hand where the door is. It lies in the data folder, for its owner's eyes. */
export const doorNote = (home: string): string => path.join(home, 'door.json');

export function leaveDoorNote(file: string, { address, secret }: Door): void {
  const making = `${file}.${randomUUID()}.tmp`;
  fs.writeFileSync(making, JSON.stringify({ address, secret }), { mode: 0o600 });
  fs.renameSync(making, file);
}

/** Takes the note away, unless another web process has left its own by now. */
export function removeDoorNote(file: string, { secret }: Door): void {
  if (readDoorNote(file)?.secret === secret) fs.rmSync(file, { force: true });
}

/** Null when there is none, or it is not one. */
export function readDoorNote(file: string): Door | null {
  try {
    const { address, secret } = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<Door>; // looked at below
    return typeof address === 'string' && typeof secret === 'string' ? { address, secret } : null;
  } catch {
    return null;
  }
}

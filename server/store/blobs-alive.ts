import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Names that say which process made them, so that another can tell whether it still lives. Processes of another machine
 * (a shared folder) cannot be asked; they count as alive for a day.
 */
const host = os.hostname().replace(/[^A-Za-z0-9.-]/g, '_');
const foreignLife = 24 * 3600e3;

/** A name that is new and belongs to this process. */
export const ownName = (): string => `${host}@${process.pid}@${randomUUID().slice(0, 8)}`;

/** Whether the process that made this file or folder may still use it. */
export function isAlive(name: string, modified: number): boolean {
  const [itsHost, pid] = name.split('@');
  if (itsHost !== host || !pid) return Date.now() - modified < foreignLife;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Removes what dead processes left in a folder; answers with the start of the oldest living one, in milliseconds. */
export function sweepDead(folder: string): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    const whole = path.join(folder, name);
    const modified = fs.lstatSync(whole, { throwIfNoEntry: false })?.mtimeMs;
    if (modified === undefined) continue;
    if (isAlive(name, modified)) oldest = Math.min(oldest, modified);
    else fs.rmSync(whole, { recursive: true, force: true });
  }
  return oldest;
}

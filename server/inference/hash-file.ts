import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

/** Files up to this size are hashed where they are asked for: a thread would take longer to start. */
const smallBytes = 1 << 20;

/** Plain Node, as text: neither a bundler nor a TypeScript loader comes between. */
const script = `
const { createHash } = require('node:crypto');
const { openSync, readSync, closeSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
// Of this thread alone, which is what 0 means on Linux: the page comes first.
if (process.platform === 'linux') require('node:os').setPriority(0, 10);
const hash = createHash('sha256');
const file = openSync(workerData, 'r');
const room = Buffer.allocUnsafe(1 << 20);
for (let read; (read = readSync(file, room, 0, room.length, null)) > 0; ) hash.update(room.subarray(0, read));
closeSync(file);
parentPort.postMessage(hash.digest('hex'));
`;

/**
 * SHA-256 of a file, in hex. Large ones are read in a thread of their own, so that the event loop of
 * the asking process stays free. Throws when the file cannot be read.
 */
export async function hashFile(path: string, bytes: number): Promise<string> {
  if (bytes <= smallBytes) {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  const worker = new Worker(script, { eval: true, workerData: path, execArgv: [], env: {} });
  return new Promise<string>((resolve, reject) => {
    worker.once('message', (digest: string) => resolve(digest));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`${path}: reading it was broken off. Try again.`)));
  });
}

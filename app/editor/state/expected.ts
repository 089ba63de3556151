import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { z } from 'zod';
import type { OutputSummary } from '../../../nodes/events';
import { digestsOf, digestsSchema, type MadeWith, madeWithSchema } from '../../../nodes/made-with';

/** What a graph was opened to make again: what it was made with then, and what came of it, by digest. */
const expectedSchema = z.object({
  /** Name of the film or picture. */
  from: z.string(),
  with: madeWithSchema,
  results: digestsSchema,
  /** SHA-256 of the film itself, as far as it is known. */
  file: z.string().optional(),
});
export type Expected = z.output<typeof expectedSchema>;

const prefix = 'skein.expected.';
/** So many are remembered in this browser. */
const most = 20;

export function rememberExpected(graphId: string, expected: Expected): void {
  const old = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  for (const key of old.slice(0, Math.max(0, old.length + 1 - most))) localStorage.removeItem(key);
  try {
    localStorage.setItem(prefix + graphId, JSON.stringify(expected));
  } catch {
    // The browser keeps no more: the graph opens all the same, and is compared with nothing.
  }
}

export function recallExpected(graphId: string): Expected | null {
  const text = localStorage.getItem(prefix + graphId);
  if (text === null) return null;
  try {
    return expectedSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export const forgetExpected = (graphId: string): void => localStorage.removeItem(prefix + graphId);

/** What to expect of a run that is made again; nothing of runs older than their records. */
export function expectedOfRun(
  run: {
    record: MadeWith | null;
    nodes: readonly { node: string; outputs: Readonly<Record<string, OutputSummary>> }[];
  },
  file: { name: string; sha256?: string },
): Expected | undefined {
  if (!run.record) return undefined;
  const results = digestsOf(Object.fromEntries(run.nodes.map(({ node, outputs }) => [node, outputs])));
  return { from: file.name, with: run.record, results, ...(file.sha256 ? { file: file.sha256 } : {}) };
}

/** SHA-256 of a file, a piece at a time. Not the browser's own: pages without a certificate have none. */
export async function digestOfFile(file: Blob): Promise<string> {
  const hash = sha256.create();
  const piece = 1 << 22;
  for (let at = 0; at < file.size; at += piece)
    hash.update(new Uint8Array(await file.slice(at, at + piece).arrayBuffer()));
  return bytesToHex(hash.digest());
}

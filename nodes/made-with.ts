import { z } from 'zod';
import type { OutputSummary } from './events';

const words = z.string().max(2000);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What a run was made with: kept with the run, and written into its films beside the graph. */
export const madeWithSchema = z.object({
  skein: words,
  node: words,
  onnxruntime: words,
  /** Absent when there was none. */
  ffmpeg: words.optional(),
  /** `key` is what enters fingerprints, e.g. `cpu/fp32`; `says` tells what was tried, in a sentence. */
  device: z.object({ provider: words, key: words, says: words }),
  /** Models the graph names, by id: the digest of all their files. */
  models: z.record(z.string().max(300), z.object({ digest: words, title: words })),
  /** Versions of the node types in the graph. */
  nodes: z.record(z.string().max(64), z.int()),
});
export type MadeWith = z.output<typeof madeWithSchema>;

/** SHA-256 of what nodes gave, by node and output: latents, text and frames as the cache stores them, files as they are. */
export const digestsSchema = z.record(z.string().max(400), z.record(z.string().max(64), digest));
export type Digests = z.output<typeof digestsSchema>;

type Outputs = Readonly<Record<string, OutputSummary>>;

/** Digests of what nodes gave: of latents, text and frames, and where asked for, of files. */
export const digestsOf = (nodes: Readonly<Record<string, Outputs | undefined>>, withFiles = false): Digests =>
  Object.fromEntries(
    Object.entries(nodes).flatMap(([node, outputs = {}]) => {
      const digests = Object.entries(outputs).flatMap(([port, { digest, file }]) => {
        const known = digest ?? (withFiles ? file?.sha256 : undefined);
        return known ? [[port, known] as const] : [];
      });
      return digests.length ? [[node, Object.fromEntries(digests)]] : [];
    }),
  );

export interface Difference {
  /** `result`: what is made will be another. `rounding`: it may differ in the last bits. `file`: only the file's bytes may. */
  weight: 'result' | 'rounding' | 'file';
  says: string;
}

/** What is different here from where something was made, what weighs most first. */
export function differences(made: MadeWith, here: MadeWith): Difference[] {
  const found: Difference[] = [];
  for (const [id, { digest, title }] of Object.entries(made.models)) {
    const mine = here.models[id];
    if (!mine) found.push({ weight: 'result', says: `The model ${title} is not here. Without it this cannot run.` });
    else if (mine.digest !== digest)
      found.push({
        weight: 'result',
        says: `The model ${mine.title} has other weights here (${short(mine.digest)}, there ${short(digest)}).`,
      });
  }
  for (const [type, version] of Object.entries(made.nodes)) {
    const mine = here.nodes[type];
    if (mine === undefined)
      found.push({ weight: 'result', says: `The node "${type}" is not known here. Update Skein to run it.` });
    else if (mine !== version)
      found.push({
        weight: 'result',
        says: `The node "${type}" is version ${mine} here, and was version ${version}: its settings are carried over, its result may be another.`,
      });
  }
  if (made.device.key !== here.device.key)
    found.push({
      weight: 'rounding',
      says: `It was computed on ${made.device.key}, here on ${here.device.key}: devices round differently.`,
    });
  const version = (name: string, was: string | undefined, is: string | undefined, weight: Difference['weight']) => {
    if (was !== is) found.push({ weight, says: `${name} ${was ?? 'was missing'} there, ${is ?? 'missing'} here.` });
  };
  version('onnxruntime', made.onnxruntime, here.onnxruntime, 'rounding');
  version('Skein', made.skein, here.skein, 'rounding');
  version('ffmpeg', made.ffmpeg, here.ffmpeg, 'file');
  version('Node.js', made.node, here.node, 'file');
  const order: readonly Difference['weight'][] = ['result', 'rounding', 'file'];
  return found.sort((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight));
}

const short = (digest: string) => digest.slice(0, 8);

/** How far what was made again is the same. */
export type Verdict =
  | { is: 'same-file' }
  /** All that both name is the same; the file differs in its bytes. */
  | { is: 'same-results'; compared: number }
  /** These nodes gave something else, in the order of `order`. */
  | { is: 'other'; nodes: string[]; compared: number }
  /** Nothing both have could be compared. */
  | { is: 'unknown' };

/** Compares what was made with what has been made again, by their digests. `order`: sources first. */
export function verdict(about: {
  expected: Digests;
  found: Digests;
  order: readonly string[];
  /** The film itself, as far as it is known. */
  file?: string | undefined;
}): Verdict {
  const { expected, found, order, file } = about;
  if (file && Object.values(found).some((outputs) => Object.values(outputs).includes(file))) return { is: 'same-file' };
  let compared = 0;
  const others = order.filter((node) => {
    const both = Object.keys(expected[node] ?? {}).filter((port) => found[node]?.[port]);
    compared += both.length;
    return both.some((port) => found[node]![port] !== expected[node]![port]);
  });
  if (others.length) return { is: 'other', nodes: others, compared };
  return compared ? { is: 'same-results', compared } : { is: 'unknown' };
}

export const isSame = (judged: Verdict): boolean => judged.is === 'same-file' || judged.is === 'same-results';

/** What came of making it again, as a sentence. `name`: what people call a node. */
export function sayVerdict(judged: Verdict, name: (node: string) => string): string {
  switch (judged.is) {
    case 'same-file':
      return 'Identical, byte for byte.';
    case 'same-results':
      return `Identical, number for number: all ${judged.compared} results that were compared. Only the file has other bytes.`;
    case 'other':
      return `Not the same: it differs from “${name(judged.nodes[0] ?? '')}” on.`;
    case 'unknown':
      return 'Nothing of what was made could be compared.';
  }
}

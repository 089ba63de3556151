import { z } from 'zod';
import { type Graph, graphLimit, readGraph } from '../graph';
import { digestsSchema, madeWithSchema } from '../made-with';
import { fourCc, readRange, type Tags } from './bytes';
import { gifTags } from './gif-tags';
import { matroskaTags } from './matroska-tags';
import { mp4Tags } from './mp4-tags';
import { pngTags } from './png-tags';
import { webpTags } from './webp-tags';

/**
 * Words that a film or picture carries, by key in small letters: MP4, MOV, WebM, MKV, PNG, WebP, GIF. Reads only heads
 * and tags, by ranges; a damaged or foreign file gives what could be found, at worst nothing. Never throws for content.
 */
export async function readTags(file: Blob): Promise<Tags> {
  const head = await readRange(file, 0, 16);
  if (head.byteLength < 16) return new Map();
  const reader = readerFor(head);
  try {
    return reader ? await reader(file) : new Map();
  } catch (error) {
    // A view reads past its end when sizes in the file lie.
    if (error instanceof RangeError) return new Map();
    throw error;
  }
}

function readerFor(head: DataView<ArrayBuffer>): ((file: Blob) => Promise<Tags>) | undefined {
  if (head.getUint32(0) === 0x89504e47) return pngTags;
  if (fourCc(head, 0) === 'RIFF' && fourCc(head, 8) === 'WEBP') return webpTags;
  if (fourCc(head, 0) === 'GIF8') return gifTags;
  if (head.getUint32(0) === 0x1a45dfa3) return matroskaTags;
  if (fourCc(head, 4) === 'ftyp') return mp4Tags;
  return undefined;
}

/** Whether a file is a film or picture of a kind that can carry words. */
export async function carriesTags(file: Blob): Promise<boolean> {
  const head = await readRange(file, 0, 16);
  return head.byteLength === 16 && readerFor(head) !== undefined;
}

/** The workflow of ComfyUI among such words; none where a graph of Skein is. */
export const workflowInTags = (tags: Tags): string | undefined =>
  tags.has('skein') ? undefined : (tags.get('workflow') ?? tags.get('prompt'));

/** What a result was made with, and what came of the nodes before it, by digest. */
const madeSchema = z.object({ with: madeWithSchema, results: digestsSchema });
export type Made = z.output<typeof madeSchema>;

export type Embedded =
  | { graph: Graph; made?: Made; problem?: undefined }
  | { graph?: undefined; made?: undefined; problem: string };

/** The graph inside a film or picture that Skein made; the JSON is a stranger's and is checked as any other. */
export function graphInTags(tags: Tags): Embedded {
  const words = tags.get('skein');
  if (words === undefined)
    return { problem: 'There is no Skein graph inside this file. It was made, or saved anew, elsewhere.' };
  if (words.length > graphLimit)
    return { problem: 'The graph inside this file is larger than 8 MB, too large to open.' };
  let envelope: unknown;
  try {
    envelope = JSON.parse(words);
  } catch {
    return { problem: 'The graph inside this file is damaged. Load it from the library instead.' };
  }
  if (typeof envelope !== 'object' || envelope === null || !('schema' in envelope) || !('graph' in envelope))
    return { problem: 'The graph inside this file is damaged. Load it from the library instead.' };
  if (envelope.schema !== 1)
    return { problem: 'The graph inside this file was written by a newer Skein. Update Skein to open it.' };
  const found = readGraph(envelope.graph);
  // Of no use when it is damaged: the graph opens all the same.
  const made = 'made' in envelope ? madeSchema.safeParse(envelope.made).data : undefined;
  return found.graph && made ? { ...found, made } : found;
}

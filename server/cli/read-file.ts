import fs from 'node:fs';
import { isWorkflow } from '../../nodes/comfyui/read-workflow';
import { carriesTags, graphInTags, type Made, readTags, workflowInTags } from '../../nodes/embedded/read-tags';
import { type Graph, graphLimit, readGraph } from '../../nodes/graph';
import { hostileKey } from '../safety/hostile-key';
import { userPath } from './places';
import { Refused } from './usage';

export interface GraphFile {
  graph: Graph;
  /** Of a film or picture: what it was made with. */
  made?: Made | undefined;
}

/** Reads a graph from a file of JSON, or out of a film or picture that Skein made. Throws a sentence that names the file. */
export async function readGraphFile(name: string): Promise<GraphFile> {
  const { text, value, tags } = await readUserFile(name);
  if (isWorkflow(value))
    throw new Refused(
      `${name}: This is a ComfyUI workflow. Make a graph of it first: skein import ${name} --out graph.json.`,
    );
  const found = tags ? graphInTags(tags) : readGraph(value ?? text);
  if (!found.graph) throw new Refused(`${name}: ${found.problem}`);
  return found;
}

/**
 * The text of a file and what it says as JSON, undefined when it is none. Of a film or picture: its `tags`, and of a workflow of
 * ComfyUI that it carries the text. Throws a sentence that names the file.
 */
export async function readUserFile(name: string): Promise<{ text: string; value: unknown; tags?: Awaited<Tags> }> {
  let text: string;
  let tags: Awaited<Tags> | undefined;
  try {
    const file = await fs.openAsBlob(userPath(name));
    tags = (await carriesTags(file)) ? await readTags(file) : undefined;
    if (!tags && file.size > graphLimit) throw new Refused(`${name}: This file is too large for a graph.`);
    text = tags ? (tags.get('skein') ?? workflowInTags(tags) ?? '') : await file.text();
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(
      `${name}: There is no such file, or it cannot be read. Give the path of a graph, or of a film or picture with one inside.`,
    );
  }
  const value = asJson(text);
  const hostile = value === undefined ? undefined : hostileKey(value);
  if (hostile) throw new Refused(`${name}: ${hostile}`);
  return { text, value, ...(tags && { tags }) };
}

type Tags = ReturnType<typeof readTags>;

/** What a text says as JSON, undefined when it is none. */
export function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import fs from 'node:fs';
import path from 'node:path';
import { definitionOf } from '../../nodes/check';
import { definitionsFor } from '../../nodes/component-node';
import { withParamAt } from '../../nodes/component-pages';
import type { FieldMeta } from '../../nodes/define';
import { trailTo } from '../../nodes/flatten';
import type { Graph, GraphNode } from '../../nodes/graph';
import { paramProblem } from '../../nodes/param-problem';
import type { Blobs } from '../store/blobs';
import { userPath } from './places';
import { asJson } from './read-file';
import { Refused, WrongUsage } from './usage';

/**
 * Applies `node.param=value`. A node is named by its id, or by its type when there is one of it. The value is taken as
 * text where the param is text, else as JSON; for a param that takes an upload it is a file, which is taken in.
 */
export async function applySet(graph: Graph, setting: string, blobs: Blobs): Promise<Graph> {
  const match = /^([^=]+?)\.([^.=]+)=([\s\S]*)$/.exec(setting);
  if (!match) throw new WrongUsage(`--set ${setting}: Write node.param=value, for example noise.seed=7.`);
  const [, node = '', param = '', text = ''] = match;
  return setParam(graph, { node, param, text, said: `--set ${setting}` }, blobs);
}

/** Sets one param from what the user wrote; `said` is how they wrote it, for sentences about it. */
export async function setParam(
  graph: Graph,
  { node: name, param, text, said }: { node: string; param: string; text: string; said: string },
  blobs: Blobs,
): Promise<Graph> {
  const { id, node } = findNode(graph, name);
  const definition = definitionOf(definitionsFor(graph), node.type);
  if (!definition) throw new Refused(`Skein has no node called "${node.type}". Remove "${node.id}" from the graph.`);
  const shape = definition.params.shape;
  const schema = Object.hasOwn(shape, param) ? shape[param] : undefined;
  if (!schema) {
    const known = Object.keys(shape).join(', ') || 'none';
    throw new WrongUsage(`${definition.title} has no param "${param}". It has: ${known}.`);
  }
  const meta = (schema.meta?.() ?? {}) as FieldMeta; // nodes give nothing else as meta
  const value = meta.control === 'asset' ? await takeIn(text, blobs) : text;
  const candidates = [value, asJson(value), meta.alias?.(value) ?? undefined];
  const fitting = candidates.find((candidate) => candidate !== undefined && schema.safeParse(candidate).success);
  if (fitting === undefined) {
    const given = { [param]: candidates[1] ?? value };
    const issues = definition.params.safeParse({ ...node.params, ...given }).error?.issues ?? [];
    const issue = issues.find(({ path: [first] }) => first === param)!; // it has just been refused
    throw new WrongUsage(`${said}: ${paramProblem(issue, given, definition.params).says}`);
  }
  return withParamAt(graph, { node: id, param }, fitting);
}

/**
 * A node by its id (`component/inner` inside a component), or by its type when there is one of it. Throws a sentence that
 * names those there are.
 */
export function findNode(graph: Graph, name: string): { id: string; node: GraphNode } {
  const byId = trailTo(graph, name).at(-1);
  if (byId) return { id: name, node: byId };
  const byType = graph.nodes.filter((node) => node.type === name);
  if (byType.length === 1) return { id: byType[0]!.id, node: byType[0]! };
  const known = graph.nodes.map((node) => node.id).join(', ');
  throw new WrongUsage(
    byType.length
      ? `There are ${byType.length} nodes of type "${name}": name one of ${byType.map(({ id }) => id).join(', ')}.`
      : `There is no node "${name}" in this graph. There are: ${known}.`,
  );
}

/** Puts a file of the user into the store and answers with its digest; a digest stays what it is. */
export async function takeIn(name: string, blobs: Blobs): Promise<string> {
  if (name === '' || (/^[0-9a-f]{64}$/.test(name) && blobs.bytes(name) !== null)) return name;
  const file = userPath(name);
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new Refused(`${path.basename(name)}: There is no such file. Give the path of a picture or video.`);
  }
  return (await blobs.write(fs.createReadStream(file))).sha256;
}

import path from 'node:path';
import { parseArgs } from 'node:util';
import { active } from '../../nodes/active';
import { check as checkGraph } from '../../nodes/check';
import { cardsOf, scanModels } from '../inference/catalog';
import { modelsOf } from '../inference/models-of-graph';
import { openBlobs } from '../store/blobs';
import { setupFor } from './places';
import { readGraphFile } from './read-file';
import { applySet } from './read-graph';
import { WrongUsage } from './usage';

/** `skein check <graph.json>`: exit code 0 when nothing is wrong, else 1. */
export async function check(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      set: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length) throw new WrongUsage('Name one graph: skein check <graph.json>.');
  const setup = setupFor();
  let graph = (await readGraphFile(name)).graph;
  for (const setting of values.set)
    graph = await applySet(graph, setting, openBlobs(path.join(setup.dataFolder, 'blobs')));
  const { problems } = checkGraph(active(graph).graph, cardsOf(await scanModels(setup, { wanted: modelsOf(graph) })));
  if (values.json) console.log(JSON.stringify({ problems }));
  else if (!problems.length) console.log(`${name}: nothing is wrong with it.`);
  else
    for (const { at, port, param, says } of problems)
      console.log(`${[at, port ?? param].filter(Boolean).join('.') || name}: ${says}`);
  return problems.length ? 1 : 0;
}

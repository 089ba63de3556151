import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { importWorkflow } from '../../nodes/comfyui/import-workflow';
import { isWorkflow } from '../../nodes/comfyui/read-workflow';
import type { Graph } from '../../nodes/graph';
import { cardsOf, scanModels } from '../inference/catalog';
import { mustTake } from './destination';
import { setupFor, userPath } from './places';
import { readGraphFile, readUserFile } from './read-file';
import { Refused, WrongUsage } from './usage';

/**
 * `skein import <workflow.json>`: a workflow of ComfyUI as a graph, and on stderr what is different; of a film or picture that Skein
 * made, the graph inside.
 */
export async function importComfyUi(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { out: { type: 'string' } } });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length) throw new WrongUsage('Name one workflow: skein import <workflow.json>.');
  const { value: workflow, tags } = await readUserFile(name);
  if (tags?.has('skein')) {
    write((await readGraphFile(name)).graph, values.out);
    return 0;
  }
  if (!isWorkflow(workflow))
    throw new Refused(
      `${name}: This is not a ComfyUI workflow, nor a film or picture with one inside. Give what ComfyUI saved or exported.`,
    );
  const title = path.basename(name).replace(/\.[^.]*$/, '');
  const models = cardsOf(await scanModels(setupFor(), { wanted: new Set() }));
  const { graph, remarks, problem } = { remarks: [], ...importWorkflow(workflow, { name: title, models }) };
  if (problem !== undefined) throw new Refused(`${name}: ${problem}`);
  write(graph, values.out);
  for (const { what, says } of remarks) console.error(`${what}: ${says}`);
  return 0;
}

function write(graph: Graph, out: string | undefined): void {
  const text = `${JSON.stringify(graph, null, 2)}\n`;
  if (out === undefined) return void process.stdout.write(text);
  const file = userPath(out);
  mustTake({ file });
  fs.writeFileSync(file, text);
}

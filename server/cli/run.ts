import { parseArgs } from 'node:util';
import { carryOut } from './carry-out';
import { mustTake } from './destination';
import { setupFor, userPath } from './places';
import { readGraphFile } from './read-file';
import { applySet, findNode } from './read-graph';
import { WrongUsage } from './usage';

/** `skein run <graph.json> ...` */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      set: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true },
      out: { type: 'string', default: '.' },
      json: { type: 'boolean', default: false },
      'no-cache': { type: 'boolean', default: false },
      device: { type: 'string' },
    },
  });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length) throw new WrongUsage('Name one graph: skein run <graph.json>.');
  let graph = (await readGraphFile(name)).graph;
  const targets = values.only?.map((name) => findNode(graph, name).id);
  const to = { folder: userPath(values.out) };
  mustTake(to);
  // Not before the call is known to be right: onnxruntime takes its time to load.
  const { openWorkshop } = await import('../worker/executor-workshop');
  const workshop = await openWorkshop(setupFor(values.device));
  try {
    for (const setting of values.set) graph = await applySet(graph, setting, workshop.cache.files);
    return await carryOut(workshop, {
      graph,
      to,
      targets,
      fresh: values['no-cache'],
      isJson: values.json,
    });
  } finally {
    await workshop.close();
  }
}

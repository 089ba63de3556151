import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { sayTrail } from '../../nodes/component-node';
import type { OutputSummary } from '../../nodes/events';
import { flatten } from '../../nodes/flatten';
import { type Graph, order } from '../../nodes/graph';
import {
  type Difference,
  type Digests,
  differences,
  digestsOf,
  isSame,
  sayVerdict,
  verdict,
} from '../../nodes/made-with';
import { hashFile } from '../inference/hash-file';
import { modelsOf } from '../inference/models-of-graph';
import { madeHere } from '../media/made-here';
import { carryOut, type Judgement } from './carry-out';
import { mustTake } from './destination';
import { setupFor, userPath } from './places';
import { readGraphFile } from './read-file';
import { Refused, WrongUsage } from './usage';

interface Made {
  nodes: Readonly<Record<string, Readonly<Record<string, OutputSummary>>>>;
  /** Pieces of work that were done rather than taken from the cache. */
  ran: number;
}

const weights: Record<Difference['weight'], string> = {
  result: 'another result',
  rounding: 'other last bits',
  file: 'other bytes in the file',
};

/** `skein reproduce <film> ...`: exit code 0 when it came out the same, 1 when not. */
export async function reproduce(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      look: { type: 'boolean', default: false },
      out: { type: 'string', default: '.' },
      json: { type: 'boolean', default: false },
      'no-cache': { type: 'boolean', default: false },
      device: { type: 'string' },
    },
  });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length) throw new WrongUsage('Name one film or picture: skein reproduce <file>.');
  const { graph, made } = await readGraphFile(name);
  if (!made)
    throw new Refused(`${name}: This does not say what it was made with. Run its graph instead: skein run ${name}.`);
  const to = { folder: userPath(values.out) };
  if (!values.look) mustTake(to);
  // Not before the call is known to be right: onnxruntime takes its time to load.
  const { openWorkshop } = await import('../worker/executor-workshop');
  const workshop = await openWorkshop(setupFor(values.device));
  try {
    const models = await workshop.models(modelsOf(graph));
    const found = differences(made.with, await madeHere(graph, { models, device: workshop.device }));
    tell(found, values.json);
    if (values.look) return found.length ? 1 : 0;
    const file = userPath(name);
    const expected = { results: made.results, file: await hashFile(file, fs.statSync(file).size) };
    return await carryOut(workshop, {
      ...{ graph, to, fresh: values['no-cache'], isJson: values.json },
      judge: (nodes, { ran }) => judge(graph, expected, { nodes, ran }),
    });
  } finally {
    await workshop.close();
  }
}

function tell(found: readonly Difference[], isJson: boolean): void {
  if (isJson) console.log(JSON.stringify({ type: 'differences', differences: found }));
  else if (!found.length) console.error('All here is as it was when this was made: weights, device, versions.');
  else for (const { says, weight } of found) console.error(`Different here (${weights[weight]}): ${says}`);
}

/** Holds what came of it against what the file says, by digests. */
function judge(graph: Graph, expected: { results: Digests; file: string }, { nodes, ran }: Made): Judgement {
  const judged = verdict({
    ...{ expected: expected.results, file: expected.file, found: digestsOf(nodes, true) },
    order: order(flatten(graph).graph) ?? [],
  });
  const cached = ran ? '' : ' It all came from the cache, so nothing was computed: --no-cache makes it anew.';
  const says = sayVerdict(judged, (node) => sayTrail(graph, node) || node);
  return { isWanted: isSame(judged), says: `${says}${cached}`, facts: { verdict: judged.is } };
}

import path from 'node:path';
import { parseArgs } from 'node:util';
import { sayCell } from '../../nodes/sweep-cells';
import type { Outcome } from '../engine/execute';
import { sentence } from '../engine/failures';
import { firstBlocked, type PlannedCell, planSweep, type SweepPlan } from '../engine/plan-sweep';
import { modelsOf } from '../inference/models-of-graph';
import { cellLimit } from '../store/home';
import type { Workshop } from '../worker/executor-workshop';
import { mustTake } from './destination';
import { setupFor, userPath } from './places';
import { readGraphFile } from './read-file';
import { applySet } from './read-graph';
import { saveOutputs } from './save-outputs';
import { readAxes } from './sweep-axes';
import { Refused, WrongUsage } from './usage';

/** Cells that go on at once: one is written to its file while the next is denoised. */
const sideBySide = 2;

/** `skein sweep <graph.json> --axis node.param=values ...` */
export async function sweep(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      axis: { type: 'string', multiple: true, default: [] },
      skip: { type: 'string', multiple: true, default: [] },
      set: { type: 'string', multiple: true, default: [] },
      plan: { type: 'boolean', default: false },
      out: { type: 'string', default: '.' },
      json: { type: 'boolean', default: false },
      device: { type: 'string' },
    },
  });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length) throw new WrongUsage('Name one graph: skein sweep <graph.json> --axis ...');
  let graph = (await readGraphFile(name)).graph;
  const axes = readAxes(graph, { axes: values.axis, skips: values.skip });
  if (!axes.axes.length) throw new WrongUsage('Say what to vary, such as --axis denoiser.steps=4,8,16.');
  const folder = userPath(values.out);
  if (!values.plan) mustTake({ folder });
  // Not before the call is known to be right: onnxruntime takes its time to load.
  const { openWorkshop } = await import('../worker/executor-workshop');
  const workshop = await openWorkshop(setupFor(values.device));
  try {
    for (const setting of values.set) graph = await applySet(graph, setting, workshop.cache.files);
    const swept = axes.axes.flatMap((axis) => (axis.values.kind === 'list' ? axis.values.values : [])).map(String);
    const models = await workshop.models(new Set([...modelsOf(graph), ...swept]));
    const about = { models, device: workshop.device.key, cache: workshop.cache, limit: cellLimit() };
    const planned = await planSweep(graph, axes, about);
    const [problem] = planned.problems;
    if (problem) throw new WrongUsage(`${problem.axis === undefined ? '' : `${problem.axis}: `}${problem.says}`);
    const blocked = firstBlocked(planned);
    if (blocked !== undefined) throw new Refused(blocked);
    if (values.plan) return tellPlan(planned, values.json);
    return await runAll(workshop, planned, { folder, isJson: values.json });
  } finally {
    await workshop.close();
  }
}

function tellPlan({ cells, nodes, seconds, untimed }: SweepPlan, isJson: boolean): number {
  const cached = cells.filter(({ state }) => state === 'cached').length;
  if (isJson) {
    console.log(JSON.stringify({ cells: cells.length, cached, nodes, seconds, untimed }));
    return 0;
  }
  const time = seconds === undefined ? 'not known yet' : `${untimed ? 'more than' : 'about'} ${seconds.toFixed(1)} s`;
  console.log(`${cells.length} cells, ${cached} cached. Time: ${time}.`);
  for (const [node, { runs, cached: kept }] of Object.entries(nodes))
    if (runs || kept) console.log(`  ${node}: runs ${runs}${kept ? `, ${kept} cached` : ''}`);
  return 0;
}

/** Runs all cells in their best order, saves each under its name, and goes on when one fails. */
async function runAll(
  workshop: Workshop,
  planned: SweepPlan,
  to: { folder: string; isJson: boolean },
): Promise<number> {
  const abort = new AbortController();
  const cancel = () => (abort.signal.aborted ? process.exit(130) : abort.abort());
  process.on('SIGINT', cancel);
  process.on('SIGTERM', cancel);
  const begun = performance.now();
  const waiting = [...planned.cells];
  const total = waiting.length;
  let ended = 0;
  let failed = 0;
  const one = async (planned: SweepPlan, cell: PlannedCell): Promise<void> => {
    const outcome = await workshop.run({ graph: cell.graph }, { emit() {}, signal: abort.signal });
    if (outcome.state === 'cancelled') return;
    ended += 1;
    const title = sayCell(planned.laid, cell.cell);
    const { files, error } = await saved(workshop, outcome, path.join(to.folder, slug(title)));
    if (error) failed += 1;
    const { seconds, ran, reused } = outcome;
    const about = { cell: cell.cell.index, name: title, files, seconds, ran, reused, ...(error ? { error } : {}) };
    if (to.isJson) console.log(JSON.stringify(about));
    else console.log(`${ended}/${total} ${title}: ${error ?? `${seconds.toFixed(1)} s  ${files.join(' ')}`}`);
  };
  const lane = async () => {
    for (let next = waiting.shift(); next && !abort.signal.aborted; next = waiting.shift()) await one(planned, next);
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
  const seconds = (performance.now() - begun) / 1000;
  if (to.isJson) console.log(JSON.stringify({ cells: total, done: ended - failed, failed, seconds }));
  if (abort.signal.aborted) {
    console.error(`Cancelled after ${ended} of ${total}. What was finished is kept; the same command goes on.`);
    return 130;
  }
  return failed ? 1 : 0;
}

async function saved(
  workshop: Workshop,
  outcome: Outcome,
  folder: string,
): Promise<{ files: string[]; error?: string }> {
  if (outcome.state === 'failed') return { files: [], error: outcome.failures[0]?.says ?? 'It failed.' };
  try {
    return { files: (await saveOutputs(outcome, { folder }, workshop.cache.files)).map(({ file }) => file) };
  } catch (error) {
    return { files: [], error: `The result could not be saved: ${sentence(error)}` };
  }
}

/** A folder's name from a cell's: letters, digits and dashes. */
const slug = (title: string): string =>
  title
    .replace(/[^\p{L}\p{N}.]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 100) || 'cell';

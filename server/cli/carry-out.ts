import type { OutputSummary, RunHappening } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';
import type { Outcome } from '../engine/execute';
import { sentence } from '../engine/failures';
import { BlobDamaged, BlobMissing } from '../store/blobs-errors';
import type { Workshop } from '../worker/executor-workshop';
import type { Destination } from './destination';
import { openReport } from './report';
import { type SavedOutput, saveOutputs } from './save-outputs';

export interface Order {
  graph: Graph;
  to: Destination;
  targets?: string[];
  fresh?: boolean;
  isJson: boolean;
  /** Judges what every node gave, once all is done. */
  judge?: (nodes: Readonly<Record<string, Outputs>>, outcome: Outcome) => Judgement;
}

type Outputs = Readonly<Record<string, OutputSummary>>;

/** What is to be said of a result beside that it is there. */
export interface Judgement {
  /** Whether it is what was wanted; otherwise the exit code is 1. */
  isWanted: boolean;
  says: string;
  /** For the line of JSON. */
  facts: Readonly<Record<string, unknown>>;
}

/**
 * Runs a graph in this process, saves what it makes, and answers with the exit code: 0 done, 1 failed, 130 cancelled.
 * Ctrl-C cancels in good order; a second one ends at once.
 */
export async function carryOut(workshop: Workshop, order: Order): Promise<number> {
  const { graph, targets, isJson } = order;
  const abort = new AbortController();
  const cancel = () => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  };
  process.on('SIGINT', cancel);
  process.on('SIGTERM', cancel);
  const report = openReport(graph, isJson);
  const nodes: Record<string, Outputs> = {};
  const hear = (event: RunHappening) => {
    if (event.type === 'node.done' || event.type === 'node.reused') nodes[event.node] = event.outputs;
    report.tell(event);
  };
  const attempt = (fresh: boolean) => workshop.run({ graph, targets, fresh }, { emit: hear, signal: abort.signal });

  let outcome = await attempt(order.fresh ?? false);
  let saved: SavedOutput[] = [];
  let unsaved: string | undefined;
  try {
    saved = await saveOutputs(outcome, order.to, workshop.cache.files).catch(async (error: unknown) => {
      if (!(error instanceof BlobDamaged || error instanceof BlobMissing)) throw error;
      // A finished file has rotted on disk. Without it the cache no longer has that node, and makes it anew.
      workshop.cache.files.remove(error.sha256);
      outcome = await attempt(false);
      return saveOutputs(outcome, order.to, workshop.cache.files);
    });
  } catch (error) {
    unsaved = `The result could not be saved: ${sentence(error)}`;
  }
  report.end();
  const judged = outcome.state === 'done' ? order.judge?.(nodes, outcome) : undefined;
  tellResult({ outcome, saved, unsaved, isJson, judged });
  return outcome.state === 'cancelled'
    ? 130
    : outcome.state === 'failed' || unsaved || judged?.isWanted === false
      ? 1
      : 0;
}

function tellResult(about: {
  outcome: Outcome;
  saved: SavedOutput[];
  unsaved?: string | undefined;
  isJson: boolean;
  judged?: Judgement | undefined;
}): void {
  const { outcome, saved, unsaved, judged } = about;
  const { seconds, reused, ran } = outcome;
  const error = unsaved ?? outcome.failures[0]?.says ?? (outcome.state === 'cancelled' ? 'Cancelled.' : undefined);
  if (about.isJson) {
    const outputs = saved.map(({ node, file, sha256 }) => ({ node, file, sha256 }));
    console.log(JSON.stringify({ outputs, seconds, reused, ran, ...judged?.facts, ...(error && { error }) }));
  } else for (const { file } of saved) console.log(file);
  if (judged) console.error(judged.says);
  if (error && outcome.state !== 'cancelled') console.error(`Failed: ${error}`);
}

import { type Graph, graphLimit, readGraph } from '../graph';
import type { Models } from '../values';
import { importWorkflow } from './import-workflow';
import { isWorkflow } from './read-workflow';

export interface AnyGraph {
  graph?: Graph;
  problem?: string;
  /** How many things a ComfyUI workflow had that the graph has not; its note names them. Absent for our own graphs. */
  differences?: number;
}

/** A graph of Skein or a workflow of ComfyUI, as JSON text. `models` is asked only for the latter. */
export async function readAnyGraph(text: string, name: string, models: () => Promise<Models>): Promise<AnyGraph> {
  const value = text.length > graphLimit ? undefined : parsed(text);
  if (!isWorkflow(value)) return readGraph(text);
  const { graph, problem, remarks } = { remarks: [], ...importWorkflow(value, { name, models: await models() }) };
  return problem === undefined ? { graph, differences: remarks.length } : { problem };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

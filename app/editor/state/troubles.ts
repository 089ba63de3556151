import type { Problem } from '../../../nodes/check';
import type { Graph, GraphNode } from '../../../nodes/graph';
import { label } from '../../../nodes/label';
import { titleOf } from './card-title';
import type { NodeRun } from './run-state';

/** Something that needs a person: a problem of the graph as it is, or what went wrong in the last run. */
export interface Trouble {
  key: string;
  /** The node it is about; absent when the graph as a whole is meant. */
  at?: string;
  /** `Denoiser`, `Denoiser · Steps` */
  where: string;
  says: string;
  detail?: string;
  from: 'graph' | 'run';
}

/** All troubles in one list: first those that keep the graph from running, then the failures of the last run. */
export function troublesOf(about: {
  problems: Readonly<Record<string, readonly Problem[]>>;
  /** Nodes that failed in the last run, by id. */
  failed: Readonly<Record<string, NodeRun>>;
  /** Why the last run failed, when no node of it did. */
  run?: string | undefined;
  byId: ReadonlyMap<string, GraphNode>;
  graph: Pick<Graph, 'components'>;
}): Trouble[] {
  const { problems, failed, run, byId, graph } = about;
  const named = (id: string) => {
    const node = byId.get(id);
    return node ? { at: id, where: titleOf(node, graph) } : { where: 'The graph' };
  };
  const ofGraph = Object.entries(problems).flatMap(([id, list]) =>
    list.map(({ says, port, param }): Trouble => {
      const spot = named(id);
      const part = port ?? param;
      const where = part && spot.at ? `${spot.where} · ${label(part)}` : spot.where;
      return { key: `${id} ${part} ${says}`, ...spot, where, says, from: 'graph' };
    }),
  );
  const ofRun = Object.entries(failed).map(([id, { says = 'It failed.', detail }]): Trouble => {
    return { key: `run ${id}`, ...named(id), says, ...(detail ? { detail } : {}), from: 'run' };
  });
  if (run !== undefined) ofRun.push({ key: 'run', where: 'The run', says: run, from: 'run' });
  return [...ofGraph, ...ofRun];
}

import type { Active } from '../../../nodes/active';
import type { Problem } from '../../../nodes/check';
import { sayTrail } from '../../../nodes/component-node';
import { trailTo } from '../../../nodes/flatten';
import type { Graph } from '../../../nodes/graph';
import { label } from '../../../nodes/label';
import { shownAs } from './page-view';
import type { NodeRun } from './run-state';

/** Something that needs a person: a problem of the graph as it is, or what went wrong in the last run. */
export interface Trouble {
  key: string;
  /** The node it is about, by its id in the flat graph (`component/inner`); absent when the graph as a whole is meant. */
  at?: string;
  /** Type of that node. */
  type?: string;
  /** `Denoiser`, `Denoiser · Steps`, `Making / Denoiser · Steps` */
  where: string;
  says: string;
  detail?: string;
  from: 'graph' | 'run';
}

interface Document {
  root: Graph;
  opened: Active['opened'];
}

/** All troubles of a document in one list: first those that keep it from running, then the failures of the last run. */
export function troublesOf(
  about: Document & {
    problems: readonly Problem[];
    /** Nodes that failed in the last run, by id in the flat graph. */
    failed: Readonly<Record<string, NodeRun>>;
    /** Why the last run failed, when no node of it did. */
    run?: string | undefined;
  },
): Trouble[] {
  const { root, problems, failed, run } = about;
  const named = (id = '') => {
    const node = trailTo(root, id).at(-1);
    return node ? { at: id, type: node.type, where: sayTrail(root, id) } : { where: 'The graph' };
  };
  const ofGraph = problems.map((problem): Trouble => {
    const { at, part } = mendedAt(about, problem);
    const spot = named(at);
    const where = part && spot.at ? `${spot.where} · ${label(part)}` : spot.where;
    return { key: `${problem.at} ${part} ${problem.says}`, ...spot, where, says: problem.says, from: 'graph' };
  });
  const ofRun = Object.entries(failed).map(([id, { says = 'It failed.', detail }]): Trouble => {
    return { key: `run ${id}`, ...named(id), says, ...(detail ? { detail } : {}), from: 'run' };
  });
  if (run !== undefined) ofRun.push({ key: 'run', where: 'The run', says: run, from: 'run' });
  return [...ofGraph, ...ofRun];
}

/** Where a problem is mended: on the outermost card that shows the socket or control in question, else where it arises. */
function mendedAt({ root, opened }: Document, { at = '', port, param }: Problem): { at: string; part?: string } {
  const trail = trailTo(root, at);
  for (let depth = 1; depth < trail.length; depth++) {
    const id = trail
      .slice(0, depth)
      .map((node) => node.id)
      .join('/');
    const sockets = Object.entries(opened.get(id)?.inputs ?? {});
    const socket = port && sockets.find(([, ends]) => ends.some((end) => end.node === at && end.port === port))?.[0];
    const control = param && !port ? shownAs(root, trail.slice(depth - 1), param) : undefined;
    const part = socket || control;
    if (part) return { at: id, part };
  }
  const part = port ?? param;
  return part ? { at, part } : { at };
}

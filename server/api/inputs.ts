import { z } from 'zod';
import { type Graph, readGraph } from '../../nodes/graph';
import { hostileKey } from '../safety/hostile-key';
import { idPattern } from '../store/new-id';

/** An id we once gave out. */
export const idInput = z.string().regex(idPattern, 'That is not an id of ours.');

/** A graph document of any age; refused with the place and the reason when it is none. */
export const graphInput = z.unknown().transform((source, context): Graph => {
  const hostile = hostileKey(source);
  const read = hostile ? { problem: hostile } : readGraph(source);
  if (read.problem === undefined) return read.graph;
  context.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});

export const pageInput = { cursor: idInput.optional(), limit: z.int().min(1).max(200).default(50) };

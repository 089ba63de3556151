import { definitionsFor } from '../../../nodes/component-node';
import type { Graph, GraphNode } from '../../../nodes/graph';

/** What is written on a card: the name a person gave it, else that of its node. */
export const titleOf = ({ title, type }: GraphNode, graph: Pick<Graph, 'components'>): string =>
  title ?? definitionsFor(graph)[type]?.title ?? type;

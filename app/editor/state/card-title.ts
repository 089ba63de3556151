import type { GraphNode } from '../../../nodes/graph';
import { registry } from '../../../nodes/registry';

/** What is written on a card: the name a person gave it, else that of its node. */
export const titleOf = ({ title, type }: GraphNode): string => title ?? registry[type]?.title ?? type;

'use client';
import type { ModelCard } from '../../nodes/values';
import { useEditor } from './EditorContext';

/** The card of the model that is connected to a node's input "model", when it is known; of no node, none. */
export function useModelCard(node: string | null): ModelCard | undefined {
  return useEditor((state) => {
    if (node === null) return undefined;
    const from = state.graph.wires.find(({ to }) => to.node === node && to.port === 'model')?.from;
    const model = from && state.checked.types[from.node]?.[from.port]?.facts.model;
    return typeof model === 'string' ? state.models[model] : undefined;
  });
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { componentOf } from '../../nodes/component';
import type { Component, Graph } from '../../nodes/graph';
import { api } from '../api-client';
import { publish } from './component-actions';
import { useEditor, useEditorStore } from './EditorContext';

/** The library of components, each with the definitions it needs. Empty until it is known. */
export function useComponentLibrary(): readonly { id: string; graph: Graph }[] {
  const { data } = useQuery({
    queryKey: ['components'],
    queryFn: () => api.components.list.query(),
    staleTime: 30_000,
  });
  return data ?? nothing;
}
const nothing: readonly { id: string; graph: Graph }[] = [];

export interface Offer {
  from: Component;
  to: Component;
  /** `to` and all it contains. */
  definitions: readonly Component[];
}

/** The newest version of a card's component, in this document or in the library, when that is newer than what it uses. */
export function useOffer(node: string): Offer | null {
  const root = useEditor((state) => state.root);
  const type = useEditor((state) => state.byId.get(node)?.type);
  const library = useComponentLibrary();
  const from = type === undefined ? undefined : componentOf(root, { type });
  if (!from) return null;
  const here = (root.components ?? []).map((to) => ({ to, definitions: root.components ?? [] }));
  const kept = library.flatMap(({ graph }) => {
    const to = graph.nodes[0] && componentOf(graph, graph.nodes[0]);
    return to ? [{ to, definitions: graph.components ?? [] }] : [];
  });
  const newer = [...here, ...kept]
    .filter(({ to }) => to.id === from.id && to.version > from.version)
    .sort((a, b) => b.to.version - a.to.version)[0];
  return newer ? { from, ...newer } : null;
}

/** Puts the component of a card into the library. */
export function usePublish(): (node: string) => void {
  const editor = useEditorStore();
  const queries = useQueryClient();
  return useCallback(
    (node) =>
      void publish(editor, node).then((is) => {
        if (is) void queries.invalidateQueries({ queryKey: ['components'] });
      }),
    [editor, queries],
  );
}

'use client';
import { TRPCClientError } from '@trpc/client';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { toast } from 'sonner';
import type { Graph } from '../../nodes/graph';
import { api } from '../api-client';
import { said } from '../said';
import { useEditorStore } from './EditorContext';
import type { SaveMemory } from './state/open-editors';
import { dropDraft, keepDraft, type SaveState } from './state/save-state';

/** Quiet time before a save, in milliseconds. */
const rest = 900;
const retryAfter = 4000;

/** Saves the graph by itself. Saves follow one another; a lost race stops them until the person has chosen. */
export function useAutosave({ id, memory: kept }: { id: string; memory: SaveMemory }) {
  const editor = useEditorStore();
  const [state, setState] = useState<SaveState>({ is: 'saved' });
  const memory = useRef(kept);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const save = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    const now = memory.current;
    const { root: graph } = editor.getState();
    if (graph === now.saved && !now.halted) setState({ is: 'saved' });
    if (now.busy || now.halted || graph === now.saved) return;
    now.busy = true;
    setState({ is: 'saving' });
    try {
      const { version } = await api.graphs.save.mutate({ id, graph, baseVersion: now.version });
      now.version = version;
      now.saved = graph;
      const isLatest = editor.getState().root === graph;
      if (isLatest) dropDraft(id);
      else keepDraft(id, { baseVersion: version, graph: editor.getState().root, at: Date.now() });
      setState({ is: isLatest ? 'saved' : 'unsaved' });
      if (!isLatest) timer.current = setTimeout(save, rest);
    } catch (error) {
      const conflict = conflictOf(error);
      if (conflict) {
        now.halted = true;
        setState({ is: 'conflict', ...conflict });
      } else {
        setState({ is: 'offline', says: said(error) });
        timer.current = setTimeout(save, retryAfter);
      }
    } finally {
      now.busy = false;
    }
  }, [editor, id]);

  useEffect(() => {
    const changed = (graph: Graph, before?: Graph) => {
      if (graph === before || graph === memory.current.saved) return;
      keepDraft(id, { baseVersion: memory.current.version, graph, at: Date.now() });
      if (memory.current.halted) return;
      setState((old) => (old.is === 'saving' ? old : { is: 'unsaved' }));
      clearTimeout(timer.current);
      timer.current = setTimeout(save, rest);
    };
    changed(editor.getState().root);
    const stop = editor.subscribe((next, old) => changed(next.root, old.root));
    const hidden = () => document.visibilityState === 'hidden' && void save();
    document.addEventListener('visibilitychange', hidden);
    return () => {
      stop();
      document.removeEventListener('visibilitychange', hidden);
      void save();
    };
  }, [editor, id, save]);

  /** After a lost race: go on with what is on this canvas (the other stays in the history), or with the other's. */
  const settle = useCallback(
    async (choice: 'mine' | 'theirs'): Promise<void> => {
      const now = memory.current;
      try {
        const newest = await api.graphs.get.query({ id });
        now.version = newest.version;
        now.halted = false;
        if (choice === 'theirs') {
          now.saved = newest.graph;
          editor.getState().open(newest.graph, true);
          dropDraft(id);
          setState({ is: 'saved' });
          toast('The other tab’s version is open', {
            description: 'Yours is in the history. Undo brings it back, too.',
          });
        } else await save();
      } catch (error) {
        toast.error('That did not work', { description: said(error) });
      }
    },
    [editor, id, save],
  );

  /** Takes a version the server has just made (a restored one) as the base of what follows. */
  const adopt = useCallback(
    (version: number, graph: Graph) => {
      Object.assign(memory.current, { version, saved: graph, halted: false });
      editor.getState().open(graph, true);
      dropDraft(id);
      setState({ is: 'saved' });
    },
    [editor, id],
  );
  return useMemo(() => ({ state, save, settle, adopt }), [state, save, settle, adopt]);
}
export type Autosave = ReturnType<typeof useAutosave>;

function conflictOf(error: unknown): { current: number; kept: number } | null {
  // tRPC types error data only where the router's type is known; `conflict` is put there by server/api/trpc.
  const data =
    error instanceof TRPCClientError ? (error.data as { conflict?: { current: number; kept: number } } | null) : null;
  return data?.conflict ? { current: data.conflict.current, kept: data.conflict.kept } : null;
}

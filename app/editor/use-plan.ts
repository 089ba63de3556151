'use client';
import { useEffect, useState } from 'react';
import { meansTheSame } from '../../nodes/component-pages';
import { api } from '../api-client';
import { useEditorStore } from './EditorContext';
import { isActive } from './state/run-state';

/** Quiet time before the server is asked, in milliseconds. */
const rest = 220;

/** Keeps "what will run" on the cards up to date: after every edit, and after every run. Returns the estimate in seconds. */
export function usePlan(): { seconds?: number } {
  const editor = useEditorStore();
  const [estimate, setEstimate] = useState<{ seconds?: number }>({});
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = 0;
    const ask = async () => {
      const turn = ++asked;
      const { root: graph } = editor.getState();
      try {
        const { nodes, seconds } = await api.runs.plan.query({ graph });
        if (turn !== asked || editor.getState().root.nodes.length !== graph.nodes.length) return;
        editor.getState().setPlan(nodes);
        setEstimate({ seconds });
      } catch {
        // No plan is no harm: cards then say nothing until the server answers again.
        if (turn === asked) editor.getState().setPlan({});
      }
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, rest);
    };
    soon();
    const stop = editor.subscribe((next, old) => {
      const meaning = !meansTheSame(next.root, old.root);
      const ended = isActive(old.whole.run) && !isActive(next.whole.run);
      if (meaning || ended || next.models !== old.models) soon();
    });
    return () => {
      clearTimeout(timer);
      asked++;
      stop();
    };
  }, [editor]);
  return estimate;
}

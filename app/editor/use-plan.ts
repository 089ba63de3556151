'use client';
import { TRPCClientError } from '@trpc/client';
import { useEffect, useState } from 'react';
import { meansTheSame } from '../../nodes/component-pages';
import { api } from '../api-client';
import { useEditorStore } from './EditorContext';
import { guessPlan } from './state/reasons';
import { isActive } from './state/run-state';

/** Quiet time before the server is asked, and before one that did not answer is asked again, in milliseconds. */
const rest = 220;
const retryAfter = 4000;

/** Keeps "what will run" on the cards up to date: after every edit, and after every run. Returns the estimate in seconds. */
export function usePlan(): { seconds?: number } {
  const editor = useEditorStore();
  const [estimate, setEstimate] = useState<{ seconds?: number }>({});
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = 0;
    let known: Parameters<typeof guessPlan>[0] | undefined;
    const ask = async () => {
      const turn = ++asked;
      const { root: graph } = editor.getState();
      try {
        const { nodes, seconds } = await api.runs.plan.query({ graph });
        if (turn !== asked || editor.getState().root.nodes.length !== graph.nodes.length) return;
        known = { graph, plan: nodes };
        editor.getState().setPlan(nodes);
        setEstimate({ seconds });
      } catch (error) {
        if (turn !== asked) return;
        const isRefused = error instanceof TRPCClientError && Boolean(error.data);
        editor.getState().setPlan(known && !isRefused ? guessPlan(known, graph) : {});
        setEstimate({});
        if (!isRefused) timer = setTimeout(ask, retryAfter);
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

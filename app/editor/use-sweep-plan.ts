'use client';
import { useEffect, useState } from 'react';
import { meansTheSame } from '../../nodes/component-pages';
import type { Sweep } from '../../nodes/sweep';
import { type Answers, api } from '../api-client';
import { said } from '../said';
import { useEditorStore } from './EditorContext';
import { isActive } from './state/run-state';

export type Outlook = Answers['sweeps']['plan'];
const rest = 300;

/** What running the sweep would do now: asked again after every edit of the sweep or the graph. */
export function useSweepPlan(sweep: Sweep): { outlook?: Outlook; failure?: string } {
  const editor = useEditorStore();
  const [answer, setAnswer] = useState<{ outlook?: Outlook; failure?: string }>({});
  useEffect(() => {
    if (!sweep.axes.length) {
      setAnswer({});
      return;
    }
    let turn = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const mine = ++turn;
      try {
        const outlook = await api.sweeps.plan.query({ graph: editor.getState().root, sweep });
        if (mine === turn) setAnswer({ outlook });
      } catch (error) {
        if (mine === turn) setAnswer({ failure: said(error) });
      }
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, rest);
    };
    soon();
    const stop = editor.subscribe((next, old) => {
      const meaning = !meansTheSame(next.root, old.root);
      if (meaning || (isActive(old.run) && !isActive(next.run)) || next.models !== old.models) soon();
    });
    return () => {
      clearTimeout(timer);
      turn++;
      stop();
    };
  }, [editor, sweep]);
  return answer;
}

'use client';
import { useEffect } from 'react';
import { meansTheSame } from '../../nodes/component-pages';
import { useEditorStore } from './EditorContext';
import { isCheap } from './state/cheap';
import { isActive } from './state/run-state';
import { useUi } from './state/ui-store';
import type { Runs } from './use-runs';

/** Quiet time after the last edit whose plan has come, in milliseconds. */
const rest = 450;

/**
 * While "live" is on: runs the graph by itself after an edit that leaves only cheap work to be done, such as another
 * speed of a film. Each state of the graph is tried once; seeds stay as they are.
 */
export function useLive(runs: Runs): void {
  const editor = useEditorStore();
  const isOn = useUi((state) => state.live);
  useEffect(() => {
    if (!isOn) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let tried = editor.getState().root;
    const consider = () => {
      const { root, whole, definitions, problems } = editor.getState();
      if (isActive(whole.run) || meansTheSame(tried, root) || Object.keys(problems).length) return;
      if (!isCheap(root, whole.plan, definitions)) return;
      tried = root;
      void runs.start({ keepSeeds: true });
    };
    const stop = editor.subscribe((next, old) => {
      if (
        next.whole.plan === old.whole.plan &&
        next.root === old.root &&
        next.whole.run.status === old.whole.run.status
      )
        return;
      clearTimeout(timer);
      timer = setTimeout(consider, rest);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [editor, isOn, runs]);
}

'use client';
import { useReactFlow } from '@xyflow/react';
import { useRouter } from 'next/navigation';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { api } from '../api-client';
import { useTheme } from '../theme';
import { commandOf, type Doing } from './commands';
import { useEditorStore } from './EditorContext';
import { keysOf, sayCombo, useOwnKeys } from './state/combos';
import { useFit, useTidy } from './use-fit';
import { useQueueActions } from './use-queue';

const Context = createContext<Doing | null>(null);

/** Hands everything that commands need to those who offer them. Lies inside the editor and its view. */
export function DoingProvider(props: Pick<Doing, 'run' | 'runFirst' | 'save'> & { children: ReactNode }) {
  const { run, runFirst, save, children } = props;
  const editor = useEditorStore();
  const flow = useReactFlow();
  const router = useRouter();
  const showAll = useFit();
  const tidy = useTidy();
  const [theme, setTheme] = useTheme();
  const { pause } = useQueueActions();
  const isLight = theme === 'light';
  const doing = useMemo<Doing>(
    () => ({
      ...{ editor, tidy, run, runFirst, save, isLight },
      switchQueue: () => void api.runs.paused.query().then((is) => pause(!is)),
      onCanvas: (screen) => {
        const { x, y } = flow.screenToFlowPosition(screen);
        return { x: Math.round(x), y: Math.round(y) };
      },
      showAll: () => showAll(),
      go: (path) => router.push(path),
      switchTheme: () => setTheme(isLight ? 'dark' : 'light'),
    }),
    [editor, flow, router, showAll, tidy, isLight, setTheme, run, runFirst, save, pause],
  );
  return <Context value={doing}>{children}</Context>;
}

export function useDoing(): Doing {
  const doing = useContext(Context);
  if (!doing) throw new Error('This component belongs inside an editor.');
  return doing;
}

/** `Undo · Ctrl Z`: what a tool does and the key it has now. */
export function useHint(id: string, says?: string): string {
  const command = commandOf(id);
  const [combo] = useOwnKeys((state) => keysOf(command, state.own));
  const text = says ?? (typeof command.says === 'string' ? command.says : command.id);
  return combo === undefined ? text : `${text} · ${sayCombo(combo)}`;
}

import { useReactFlow } from '@xyflow/react';
import { useRouter } from 'next/navigation';
import { useMemo } from 'react';
import { saveGraphFile } from '../save-file';
import { useTheme } from '../theme';
import { frameChosen } from './arrange';
import { chosenIds, collapseChosen, duplicateChosen, removeChosen, switchChosen, writeNote } from './chosen';
import { useEditorStore } from './EditorContext';
import { type drawers, useUi } from './state/ui-store';
import { useFit, useTidy } from './use-fit';

export interface Command {
  says: string;
  keys?: string;
  /** Other words people may look for. */
  words?: string;
  act(): void;
}

const drawerSays = {
  runs: 'Runs and results',
  versions: 'Versions of this graph',
  system: 'Devices, cache and disk',
} satisfies Partial<Record<(typeof drawers)[number], string>>;

/** Everything that can be done here by name; those that need chosen cards only while there are some. */
export function useCommands(actions: { run(): void; save(): void }): readonly Command[] {
  const editor = useEditorStore();
  const flow = useReactFlow();
  const router = useRouter();
  const showAll = useFit();
  const tidy = useTidy();
  const [theme, setTheme] = useTheme();
  const isOpen = useUi((state) => state.commands !== null);
  return useMemo(() => {
    if (!isOpen) return [];
    const { undo, redo, select, cards, graph } = editor.getState();
    const middle = { x: window.innerWidth / 2, y: window.innerHeight / 2 };
    const here = () => {
      const { x, y } = flow.screenToFlowPosition(middle);
      return { x: Math.round(x), y: Math.round(y) };
    };
    const ui = useUi.getState();
    const withChosen: Command[] = [
      { says: 'Duplicate what is chosen', keys: 'Ctrl D', act: () => duplicateChosen(editor) },
      { says: 'Frame what is chosen', keys: 'Ctrl G', words: 'group', act: () => frameChosen(editor) },
      {
        says: 'Collapse or unfold what is chosen',
        keys: 'C',
        words: 'minimise fold',
        act: () => collapseChosen(editor),
      },
      { says: 'Bypass, or no more', keys: 'Ctrl B', act: () => switchChosen(editor, 'bypass') },
      { says: 'Mute, or unmute', keys: 'Ctrl M', words: 'disable switch off', act: () => switchChosen(editor, 'mute') },
      { says: 'Delete what is chosen', keys: 'Delete', words: 'remove', act: () => removeChosen(editor) },
    ];
    return [
      { says: 'Run', keys: 'Ctrl Enter', words: 'queue start', act: actions.run },
      ...(chosenIds(editor).size ? withChosen : []),
      { says: 'Undo', keys: 'Ctrl Z', act: undo },
      { says: 'Redo', keys: 'Ctrl Shift Z', act: redo },
      { says: 'Tidy up', keys: 'T', words: 'arrange layout align', act: tidy },
      { says: 'Fit everything', keys: 'F', words: 'zoom view', act: () => showAll() },
      { says: 'Choose all', keys: 'Ctrl A', words: 'select', act: () => select(new Set(cards.map(({ id }) => id))) },
      { says: 'Write a note', keys: 'N', words: 'comment', act: () => writeNote(editor, here()) },
      ...Object.entries(drawerSays).map(([drawer, says]) => ({
        says,
        words: 'panel drawer open',
        act: () => ui.toggleDrawer(drawer as keyof typeof drawerSays), // keys of the table above
      })),
      { says: 'Overview on or off', keys: 'M', words: 'minimap', act: ui.toggleMinimap },
      { says: 'Save now', keys: 'Ctrl S', act: actions.save },
      { says: 'Save the graph as a file', words: 'download export json', act: () => saveGraphFile(graph) },
      {
        says: theme === 'light' ? 'Dark colours' : 'Light colours',
        words: 'theme',
        act: () => setTheme(theme === 'light' ? 'dark' : 'light'),
      },
      { says: 'Library', words: 'graphs open', act: () => router.push('/library') },
      { says: 'Templates', words: 'library examples', act: () => router.push('/library#templates') },
      { says: 'Models', words: 'library checkpoint lora', act: () => router.push('/library#models') },
      { says: 'Keys and gestures', keys: '?', words: 'help shortcuts', act: () => ui.setHelp(true) },
    ];
  }, [isOpen, editor, flow, router, showAll, tidy, theme, setTheme, actions]);
}

'use client';
import { useEffect, useRef } from 'react';
import { toast } from 'sonner';
import { readGraph } from '../../nodes/graph';
import { chosenIds, insertClip, looseIds, nudgeChosen } from './chosen';
import { type Command, commands } from './commands';
import { useDoing } from './DoingContext';
import { clipOf } from './state/clipboard';
import { comboOf, keysOf, useOwnKeys } from './state/combos';
import { type Point, remove } from './state/edits';
import { useUi } from './state/ui-store';
import { usePlaceFile } from './use-drops';

const elsewhere =
  'input, textarea, select, [contenteditable="true"], [role="dialog"], [role="listbox"], [role="menu"], [cmdk-root]';

/** Whether keys and clipboard belong to what has the focus (a field, a menu, a dialog) rather than to the canvas. */
function isElsewhere(event: Event): boolean {
  // The way the event took: a dialog that Escape has just closed is no longer in the page.
  if (event.composedPath().some((one) => one instanceof HTMLElement && one.matches(elsewhere))) return true;
  if (document.querySelector('[role="dialog"][data-state="open"], [role="listbox"][data-state="open"]')) return true;
  return event instanceof ClipboardEvent && Boolean(window.getSelection()?.toString());
}

/** Commands that make sense where no cards are to be seen. */
const inForm = new Set([
  'run',
  'run-first',
  'save',
  'undo',
  'redo',
  'palette',
  'pause',
  'help',
  'escape',
  'face',
  'runs',
  'versions',
]);
const isForm = () => useUi.getState().face === 'form';

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** The command of a key press: of several with the same keys the first that makes sense now. */
function pressed(event: KeyboardEvent, makesSense: (command: Command) => boolean): Command | undefined {
  const combo = comboOf(event);
  const { own } = useOwnKeys.getState();
  const found = commands.filter((command) => combo !== null && keysOf(command, own).includes(combo));
  return found.find(makesSense) ?? found[0];
}

/** Keyboard and clipboard of the canvas. Which keys there are, `commands` says, and people may have changed. */
export function useHotkeys(): void {
  const doing = useDoing();
  const placeFile = usePlaceFile();
  const pointer = useRef<Point | null>(null);

  useEffect(() => {
    const { editor } = doing;
    const follow = (event: PointerEvent) => {
      pointer.current = { x: event.clientX, y: event.clientY };
    };
    const screen = () => pointer.current ?? { x: window.innerWidth / 2, y: window.innerHeight / 2 };
    const { edit } = editor.getState();
    const here = () => doing.onCanvas(screen());
    const insert = (text: string, at: Point) => insertClip(editor, text, at);

    const keys = (event: KeyboardEvent) => {
      const command = pressed(event, ({ when }) => !when || when(doing));
      if (!command?.anywhere && isElsewhere(event)) return;
      const isMeta = event.metaKey || event.ctrlKey;
      const onButton =
        event.target instanceof HTMLElement && event.target.closest('button, a, [role="slider"], summary');
      if (onButton && !isMeta && (event.key === ' ' || event.key === 'Enter')) return;
      // A card that has the focus is moved by React Flow; what is chosen without it, here.
      const way = arrows[event.key];
      const isOnCard = event.target instanceof Element && event.target.closest('.react-flow__node');
      if (way && !isForm() && !isMeta && !event.altKey && !isOnCard) {
        const far = event.shiftKey ? 20 : 5;
        return nudgeChosen(editor, { x: way.x * far, y: way.y * far });
      }
      if (!command || (isForm() && !inForm.has(command.id))) return;
      event.preventDefault();
      command.run(doing, screen());
    };
    const copy = (event: ClipboardEvent) => {
      const ids = chosenIds(editor);
      if (isForm() || isElsewhere(event) || !ids.size) return;
      event.preventDefault();
      event.clipboardData?.setData('text/plain', JSON.stringify(clipOf(editor.getState().graph, ids)));
      if (event.type === 'cut') {
        const loose = looseIds(editor);
        if (loose.size) edit((graph) => remove(graph, loose));
      }
    };
    const pasted = (event: ClipboardEvent) => {
      if (isForm() || isElsewhere(event)) return;
      const file = event.clipboardData?.files[0];
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (file && /^(image|video)\//.test(file.type)) void placeFile(file, screen());
      else if (!insert(text, here())) {
        const { graph, problem } = text.includes('skein-graph') ? readGraph(text) : {};
        if (problem !== undefined) toast.error('Nothing to paste', { description: problem });
        if (!graph) return;
        const { notes, groups } = graph.layout;
        const all = new Set([...graph.nodes, ...notes, ...groups].map(({ id }) => id));
        insert(JSON.stringify(clipOf(graph, all)), here());
      }
      event.preventDefault();
    };
    window.addEventListener('pointermove', follow, { passive: true });
    window.addEventListener('keydown', keys);
    for (const name of ['copy', 'cut'] as const) document.addEventListener(name, copy);
    document.addEventListener('paste', pasted);
    return () => {
      window.removeEventListener('pointermove', follow);
      window.removeEventListener('keydown', keys);
      for (const name of ['copy', 'cut'] as const) document.removeEventListener(name, copy);
      document.removeEventListener('paste', pasted);
    };
  }, [doing, placeFile]);
}

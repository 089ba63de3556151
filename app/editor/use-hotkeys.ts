'use client';
import { useReactFlow } from '@xyflow/react';
import { useEffect, useRef } from 'react';
import { toast } from 'sonner';
import { readGraph } from '../../nodes/graph';
import { frameChosen } from './arrange';
import {
  chosenIds,
  collapseChosen,
  duplicateChosen,
  insertClip,
  nudgeChosen,
  removeChosen,
  switchChosen,
  writeNote,
} from './chosen';
import { useEditorStore } from './EditorContext';
import { clipOf } from './state/clipboard';
import { type Point, remove } from './state/edits';
import { useUi } from './state/ui-store';
import { usePlaceFile } from './use-drops';
import { useFit, useTidy } from './use-fit';

/** Whether keys and clipboard belong to what has the focus (a field, a menu, a dialog) rather than to the canvas. */
function isElsewhere(event: Event): boolean {
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (
    target?.closest(
      'input, textarea, select, [contenteditable="true"], [role="dialog"], [role="listbox"], [role="menu"], [cmdk-root]',
    )
  )
    return true;
  if (document.querySelector('[role="dialog"][data-state="open"], [role="listbox"][data-state="open"]')) return true;
  return event instanceof ClipboardEvent && Boolean(window.getSelection()?.toString());
}

const arrows: Readonly<Record<string, Point>> = {
  arrowleft: { x: -1, y: 0 },
  arrowright: { x: 1, y: 0 },
  arrowup: { x: 0, y: -1 },
  arrowdown: { x: 0, y: 1 },
};

/** Keyboard and clipboard of the canvas. The list people see is in `HelpDialog`. */
export function useHotkeys(actions: { run(): void; save(): void }): void {
  const editor = useEditorStore();
  const flow = useReactFlow();
  const placeFile = usePlaceFile();
  const showAll = useFit();
  const tidy = useTidy();
  const pointer = useRef<Point | null>(null);

  useEffect(() => {
    const follow = (event: PointerEvent) => {
      pointer.current = { x: event.clientX, y: event.clientY };
    };
    const screen = () => pointer.current ?? { x: window.innerWidth / 2, y: window.innerHeight / 2 };
    const { edit, select } = editor.getState();
    const here = () => {
      const { x, y } = flow.screenToFlowPosition(screen());
      return { x: Math.round(x), y: Math.round(y) };
    };
    const insert = (text: string, at: Point) => insertClip(editor, text, at);
    const palette = () => useUi.getState().openPalette({ screen: screen(), canvas: here() });

    const withMeta: Record<string, (event: KeyboardEvent) => void> = {
      z: (event) => (event.shiftKey ? editor.getState().redo() : editor.getState().undo()),
      y: () => editor.getState().redo(),
      a: () => select(new Set(editor.getState().cards.map((card) => card.id))),
      d: () => duplicateChosen(editor),
      k: () => useUi.getState().openCommands('all'),
      f: () => useUi.getState().openCommands('cards'),
      b: () => switchChosen(editor, 'bypass'),
      m: () => switchChosen(editor, 'mute'),
      g: () => frameChosen(editor),
      s: actions.save,
      enter: actions.run,
    };
    const plain: Record<string, () => void> = {
      delete: () => removeChosen(editor),
      backspace: () => removeChosen(editor),
      ' ': palette,
      f: () => showAll(),
      t: tidy,
      c: () => collapseChosen(editor),
      n: () => writeNote(editor, here()),
      f2: () => {
        const [id, ...more] = chosenIds(editor);
        if (id && !more.length) useUi.getState().rename(id);
      },
      m: () => useUi.getState().toggleMinimap(),
      '?': () => useUi.getState().setHelp(true),
      escape: () => {
        const { cards, wires } = editor.getState();
        if ([...cards, ...wires].some(({ selected }) => selected)) select(new Set());
        else useUi.getState().toggleDrawer(null);
      },
    };
    const keys = (event: KeyboardEvent) => {
      const isMeta = event.metaKey || event.ctrlKey;
      const key = event.key.toLowerCase();
      // Run works from inside a prompt, too.
      if (isMeta && key === 'enter') {
        event.preventDefault();
        return actions.run();
      }
      if (isMeta && key === 's') {
        event.preventDefault();
        return actions.save();
      }
      if (isElsewhere(event) || event.altKey) return;
      const onButton =
        event.target instanceof HTMLElement && event.target.closest('button, a, [role="slider"], summary');
      if (onButton && (key === ' ' || key === 'enter')) return;
      // A card that has the focus is moved by React Flow; what is chosen without it, here.
      const way = arrows[key];
      const isOnCard = event.target instanceof Element && event.target.closest('.react-flow__node');
      if (way && !isMeta && !isOnCard) {
        const far = event.shiftKey ? 20 : 5;
        return nudgeChosen(editor, { x: way.x * far, y: way.y * far });
      }
      const action = isMeta ? withMeta[key] : plain[key];
      if (!action) return;
      event.preventDefault();
      action(event);
    };
    const copy = (event: ClipboardEvent) => {
      const ids = chosenIds(editor);
      if (isElsewhere(event) || !ids.size) return;
      event.preventDefault();
      event.clipboardData?.setData('text/plain', JSON.stringify(clipOf(editor.getState().graph, ids)));
      if (event.type === 'cut') edit((graph) => remove(graph, ids));
    };
    const pasted = (event: ClipboardEvent) => {
      if (isElsewhere(event)) return;
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
  }, [editor, flow, placeFile, showAll, tidy, actions]);
}

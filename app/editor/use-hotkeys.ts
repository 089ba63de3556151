'use client';
import { useReactFlow } from '@xyflow/react';
import { useEffect, useRef } from 'react';
import { toast } from 'sonner';
import { readGraph } from '../../nodes/graph';
import { frameChosen, tidyCards } from './arrange';
import { useEditorStore } from './EditorContext';
import { clipOf, paste, readClip } from './state/clipboard';
import type { Editor } from './state/editor-store';
import { addNote, disconnect, type Point, remove } from './state/edits';
import { useUi } from './state/ui-store';
import { usePlaceFile } from './use-drops';

/** Whether keys and clipboard belong to what has the focus (a field, a menu, a dialog) rather than to the canvas. */
function isElsewhere(event: Event): boolean {
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (
    target?.closest('input, textarea, select, [contenteditable="true"], [role="dialog"], [role="listbox"], [cmdk-root]')
  )
    return true;
  if (document.querySelector('[role="dialog"][data-state="open"], [role="listbox"][data-state="open"]')) return true;
  return event instanceof ClipboardEvent && Boolean(window.getSelection()?.toString());
}

export const selectedIds = (editor: Editor) =>
  new Set(editor.getState().cards.flatMap((card) => (card.selected ? [card.id] : [])));

/** Keyboard and clipboard of the canvas. The list people see is in `HelpDialog`. */
export function useHotkeys(actions: { run(): void; save(): void }): void {
  const editor = useEditorStore();
  const flow = useReactFlow();
  const placeFile = usePlaceFile();
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
    const insert = (text: string, at: Point): boolean => {
      const clip = readClip(text);
      if (!clip) return false;
      let ids: string[] = [];
      edit((graph) => {
        const pasted = paste(graph, clip, at);
        ids = pasted.ids;
        return pasted.graph;
      });
      select(new Set(ids));
      return true;
    };
    const removeChosen = () => {
      const { wires } = editor.getState();
      const ids = selectedIds(editor);
      const cut = new Set(wires.flatMap((wire) => (wire.selected ? [wire.id] : [])));
      if (ids.size || cut.size) edit((graph) => remove(disconnect(graph, cut), ids));
    };
    const palette = () => useUi.getState().openPalette({ screen: screen(), canvas: here() });

    const withMeta: Record<string, (event: KeyboardEvent) => void> = {
      z: (event) => (event.shiftKey ? editor.getState().redo() : editor.getState().undo()),
      y: () => editor.getState().redo(),
      a: () => select(new Set(editor.getState().cards.map((card) => card.id))),
      d: () => {
        const clip = clipOf(editor.getState().graph, selectedIds(editor));
        const places = [...Object.values(clip.positions), ...[...clip.notes, ...clip.groups].map(({ at }) => at)];
        if (!places.length) return;
        const corner = { x: Math.min(...places.map(({ x }) => x)) + 32, y: Math.min(...places.map(({ y }) => y)) + 32 };
        insert(JSON.stringify(clip), corner);
      },
      g: () => frameChosen(editor),
      s: actions.save,
      enter: actions.run,
    };
    const plain: Record<string, () => void> = {
      delete: removeChosen,
      backspace: removeChosen,
      tab: palette,
      ' ': palette,
      f: () => void flow.fitView({ duration: 240, padding: 0.16, maxZoom: 1.1 }),
      t: () => tidyCards(editor),
      n: () => edit((graph) => addNote(graph, { text: '', at: here(), size: { x: 220, y: 130 } }).graph),
      m: () => useUi.getState().toggleMinimap(),
      '?': () => useUi.getState().setHelp(true),
      escape: () => select(new Set()),
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
      if (onButton && (key === ' ' || key === 'tab' || key === 'enter')) return;
      // Tab opens the palette only while nothing has the focus; else it goes on to the next card or control.
      if (key === 'tab' && (event.shiftKey || document.activeElement !== document.body)) return;
      const action = isMeta ? withMeta[key] : plain[key];
      if (!action) return;
      event.preventDefault();
      action(event);
    };
    const copy = (event: ClipboardEvent) => {
      const ids = selectedIds(editor);
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
  }, [editor, flow, placeFile, actions]);
}

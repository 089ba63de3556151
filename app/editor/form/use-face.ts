import { useCallback, useEffect } from 'react';
import { useEditorStore } from '../EditorContext';
import type { Editor } from '../state/editor-store';
import { useUi } from '../state/ui-store';

export type Face = 'graph' | 'form';

/** Shows the graph as cards and wires, or as its form. The address says which, so that a form can be given to somebody. */
export function showFace(editor: Editor, face: Face): void {
  const { leave, select } = editor.getState();
  if (face === 'form') {
    leave(0);
    // What is chosen cannot be seen there: keys must not reach it.
    select(new Set());
  }
  useUi.getState().setFace(face);
  const url = new URL(window.location.href);
  if (face === 'form') url.searchParams.set('face', 'form');
  else url.searchParams.delete('face');
  window.history.replaceState(null, '', url);
}

/** The face that is shown; at first the one the address names. */
export function useFace(): [Face, (face: Face) => void] {
  const editor = useEditorStore();
  const face = useUi((state) => state.face);
  useEffect(() => {
    const named = new URLSearchParams(window.location.search).get('face');
    useUi.getState().setFace(named === 'form' ? 'form' : 'graph');
    return () => useUi.getState().setFace('graph');
  }, []);
  const show = useCallback((next: Face) => showFace(editor, next), [editor]);
  return [face, show];
}

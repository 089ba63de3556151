'use client';
import { createContext, type ReactNode, useContext } from 'react';
import { useStore } from 'zustand';
import type { Editor, EditorState } from './state/editor-store';

const Context = createContext<Editor | null>(null);

export function EditorProvider({ editor, children }: { editor: Editor; children: ReactNode }) {
  return <Context value={editor}>{children}</Context>;
}

/** The store itself, for handlers: reading it does not draw anything again. */
export function useEditorStore(): Editor {
  const editor = useContext(Context);
  if (!editor) throw new Error('This component belongs inside an editor.');
  return editor;
}

/** A slice of the editor's state; the component is drawn again only when the slice changes. */
export function useEditor<T>(select: (state: EditorState) => T): T {
  return useStore(useEditorStore(), select);
}

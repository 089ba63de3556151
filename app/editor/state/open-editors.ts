import type { Viewport } from '@xyflow/react';
import type { Graph } from '../../../nodes/graph';
import type { Editor } from './editor-store';

/** How what is on the canvas stands to what was saved. One object as long as the graph is open: saves that are under way write here. */
export interface SaveMemory {
  version: number;
  /** The graph as it was last saved; null when that is another than the one on the canvas. */
  saved: Graph | null;
  busy: boolean;
  /** A save was refused, and the person has not chosen yet. */
  halted: boolean;
}

/** An open graph with its undo history, its run, and where its view was. */
export interface OpenEditor {
  editor: Editor;
  memory: SaveMemory;
  /** Absent while nobody has moved the view: then all is shown. */
  view?: Viewport | undefined;
}

const open = new Map<string, OpenEditor>();
/** The tab that is being changed to. Whoever comes another way gets the graph from the library. */
let changingTo: string | null = null;

export const keepOpen = (id: string, editor: OpenEditor): void => void open.set(id, editor);

/** What a closed tab held is let go. */
export const letGo = (id: string): void => void open.delete(id);

/** The editor of a tab that is being changed to, as it was left. */
export const openedBefore = (id: string): OpenEditor | undefined => (changingTo === id ? open.get(id) : undefined);

/** Changes to another tab: the address follows, and nothing is loaded that is open already. */
export function changeTo(id: string): void {
  changingTo = id;
  window.history.pushState(null, '', `/graph/${id}`);
}

/** Where the view of an editor was left. */
export const viewOf = (editor: Editor): Viewport | undefined =>
  [...open.values()].find((one) => one.editor === editor)?.view;

export function rememberView(editor: Editor, view: Viewport | undefined): void {
  const found = [...open.values()].find((one) => one.editor === editor);
  if (found) found.view = view;
}

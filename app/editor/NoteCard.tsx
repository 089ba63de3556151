'use client';
import { type NodeProps, NodeResizer } from '@xyflow/react';
import { memo } from 'react';
import { useEditor, useEditorStore } from './EditorContext';
import type { CanvasNode } from './state/drawing';
import { setNote } from './state/edits';

/** Words for people, on the canvas. */
export const NoteCard = memo(function NoteCard({ id, selected }: NodeProps<CanvasNode>) {
  const text = useEditor((state) => state.graph.layout.notes.find((note) => note.id === id)?.text ?? '');
  const store = useEditorStore();
  return (
    <div
      className={`flex size-full flex-col rounded-xl border border-l-[3px] border-l-accent px-3 pt-2 pb-3 ${selected ? 'border-accent' : 'border-line'}`}
      style={{ background: 'color-mix(in oklab, var(--accent) 7%, var(--surface))' }}
    >
      <NodeResizer
        isVisible={selected}
        minWidth={140}
        minHeight={80}
        lineClassName="!border-transparent"
        handleClassName="!size-2.5 !rounded-full !border-2 !border-accent !bg-surface"
        onResizeEnd={(_, { x, y, width, height }) =>
          store.getState().edit((graph) => setNote(graph, id, { at: { x, y }, size: { x: width, y: height } }))
        }
      />
      <div className="h-3 flex-none cursor-grab" />
      <textarea
        aria-label="Note"
        className="nodrag nowheel min-h-0 flex-1 resize-none bg-transparent text-[13px] leading-relaxed text-ink-2 outline-none placeholder:text-ink-3"
        value={text}
        placeholder="Write something down"
        onChange={(event) =>
          store.getState().edit((graph) => setNote(graph, id, { text: event.target.value }), `${id}.text`)
        }
      />
    </div>
  );
});

'use client';
import { type NodeProps, NodeResizer } from '@xyflow/react';
import { memo, useState } from 'react';
import { useEditor, useEditorStore } from './EditorContext';
import { MarkdownView } from './MarkdownView';
import type { CanvasNode } from './state/drawing';
import { setNote } from './state/edits';

/** Words for people, on the canvas. They are read in place and written after a double click. */
export const NoteCard = memo(function NoteCard({ id, selected }: NodeProps<CanvasNode>) {
  const text = useEditor((state) => state.graph.layout.notes.find((note) => note.id === id)?.text ?? '');
  const store = useEditorStore();
  const [isWriting, setWriting] = useState(text === '');
  return (
    <div
      className={`flex size-full flex-col overflow-hidden rounded-xl border px-4 py-3 text-[13px] leading-relaxed text-ink-2 ${selected ? 'border-accent' : 'border-line'}`}
      style={{ background: 'color-mix(in oklab, var(--accent) 8%, var(--surface))' }}
      onDoubleClick={() => setWriting(true)}
    >
      <NodeResizer
        isVisible={selected}
        minWidth={140}
        minHeight={64}
        lineClassName="!border-transparent"
        handleClassName="!size-2.5 !rounded-full !border-2 !border-accent !bg-surface"
        onResizeEnd={(_, { x, y, width, height }) =>
          store.getState().edit((graph) => setNote(graph, id, { at: { x, y }, size: { x: width, y: height } }))
        }
      />
      {isWriting ? (
        <textarea
          // biome-ignore lint/a11y/noAutofocus: it appears where the person has just double-clicked to write
          autoFocus
          aria-label="Note"
          className="nodrag nowheel min-h-0 flex-1 resize-none bg-transparent outline-none placeholder:text-ink-3"
          value={text}
          placeholder="Write something down"
          maxLength={20_000}
          onChange={(event) =>
            store.getState().edit((graph) => setNote(graph, id, { text: event.target.value }), `${id}.text`)
          }
          onBlur={() => setWriting(text === '')}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        />
      ) : (
        // What does not fit is scrolled to once the note is chosen; before, the wheel is the canvas's.
        <div className={`min-h-0 flex-1 ${selected ? 'nowheel overflow-auto' : 'overflow-hidden'}`}>
          <MarkdownView text={text} />
        </div>
      )}
    </div>
  );
});

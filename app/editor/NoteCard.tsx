'use client';
import { type NodeProps, NodeResizer } from '@xyflow/react';
import { Fragment, memo, type ReactNode, useState } from 'react';
import { useEditor, useEditorStore } from './EditorContext';
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
        <div className="min-h-0 flex-1 overflow-hidden whitespace-pre-wrap">{marked(text)}</div>
      )}
    </div>
  );
});

/** `**strong**`, `*stressed*` and `code`, as people write them; everything else stays as it is. */
function marked(text: string): ReactNode[] {
  const keyed = text.split(/(\*\*[^*]+\*\*|\*[^*]+\*|`[^`]+`)/).map((piece, index) => ({ piece, key: index }));
  return keyed.map(({ piece, key }) => {
    if (/^\*\*.+\*\*$/.test(piece))
      return (
        <strong key={key} className="font-semibold text-ink">
          {piece.slice(2, -2)}
        </strong>
      );
    if (/^\*.+\*$/.test(piece)) return <em key={key}>{piece.slice(1, -1)}</em>;
    if (/^`.+`$/.test(piece))
      return (
        <code key={key} className="number text-[12px]">
          {piece.slice(1, -1)}
        </code>
      );
    return <Fragment key={key}>{piece}</Fragment>;
  });
}

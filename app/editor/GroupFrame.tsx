'use client';
import { type NodeProps, NodeResizer, useStore } from '@xyflow/react';
import { memo } from 'react';
import { useEditor, useEditorStore } from './EditorContext';
import { seenFromAfar } from './state/card-size';
import type { CanvasNode } from './state/drawing';
import { setGroup } from './state/edits';

/** A frame with a name behind cards; what lies in it moves with it. */
export const GroupFrame = memo(function GroupFrame({ id, selected }: NodeProps<CanvasNode>) {
  const title = useEditor((state) => state.graph.layout.groups.find((group) => group.id === id)?.title ?? '');
  const store = useEditorStore();
  const isFar = useStore(seenFromAfar);
  return (
    <div
      className={`size-full rounded-3xl border-[1.5px] ${selected ? 'border-accent' : 'border-line-strong'}`}
      style={{ background: 'color-mix(in oklab, var(--line-strong) 16%, transparent)' }}
    >
      <NodeResizer
        isVisible={selected}
        minWidth={160}
        minHeight={120}
        lineClassName="!border-transparent"
        handleClassName="!size-2.5 !rounded-full !border-2 !border-accent !bg-surface"
        onResizeEnd={(_, { x, y, width, height }) =>
          store.getState().edit((graph) => setGroup(graph, id, { at: { x, y }, size: { x: width, y: height } }))
        }
      />
      <input
        aria-label="Name of this group"
        className={`nodrag mx-4 w-[calc(100%-32px)] bg-transparent font-semibold text-ink-2 outline-none placeholder:text-ink-3 ${isFar ? 'text-[40px] leading-[56px]' : 'mt-2.5 text-[15px]'}`}
        value={title}
        placeholder="Group"
        onChange={(event) =>
          store
            .getState()
            .edit((graph) => setGroup(graph, id, { title: event.target.value.slice(0, 200) }), `${id}.title`)
        }
      />
    </div>
  );
});

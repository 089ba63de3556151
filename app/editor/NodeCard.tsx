'use client';
import { type NodeProps, NodeResizeControl, useStore } from '@xyflow/react';
import { Pin } from 'lucide-react';
import { memo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useShallow } from 'zustand/react/shallow';
import { isComponent } from '../../nodes/component';
import type { AnyNode } from '../../nodes/define';
import { CardAdvice } from './CardAdvice';
import { CardMedia } from './CardMedia';
import { CardTroubles } from './CardTroubles';
import { ComponentStrip } from './ComponentStrip';
import { nameComponent, unnamed } from './component-actions';
import { useEditor, useEditorStore } from './EditorContext';
import { Controls } from './fields/Controls';
import { kindOfNode, SectionIcon } from './SectionIcon';
import { Sockets } from './Sockets';
import { StatusBadge, StatusDot } from './StatusBadge';
import { StepLine } from './StepLine';
import { cardHeight, seenFromAfar } from './state/card-size';
import { cardStatus } from './state/card-status';
import { titleOf } from './state/card-title';
import type { CanvasNode } from './state/drawing';
import type { EditorState } from './state/editor-store';
import { setPinned, setTitle, setWidth } from './state/edits';
import { reasonOfCard } from './state/reasons';
import { useUi } from './state/ui-store';

/** A node as drawn: its name and state, its sockets, its controls, what it made, what is wrong with it. */
export const NodeCard = memo(function NodeCard({ id, selected, height }: NodeProps<CanvasNode>) {
  const isFar = useStore(seenFromAfar);
  const [isUnderHand, setUnderHand] = useState(false);
  const near = useRef<number>(undefined);
  if (!isFar && height) near.current = height;
  const { type, definition, isFailed, isRunning, isUnused, off, isCollapsed } = useEditor(
    useShallow(({ byId, definitions, graph, plan, run }) => {
      const node = byId.get(id);
      const state = run.nodes[id]?.state;
      return {
        type: node?.type,
        definition: definitions[node?.type ?? ''],
        isFailed: state === 'failed',
        isRunning: run.status === 'running' && state === 'running',
        isUnused: plan[id]?.state === 'unused',
        off: node?.off ?? (plan[id]?.state === 'off' ? 'idle' : undefined),
        isCollapsed: graph.layout.collapsed?.includes(id) ?? false,
      };
    }),
  );
  const store = useEditorStore();
  if (!type) return null;
  const ring = isRunning
    ? 'border-accent shadow-[0_0_0_3px_color-mix(in_oklab,var(--accent)_22%,transparent),var(--shadow-card)]'
    : isFailed
      ? 'border-bad shadow-card'
      : selected
        ? 'border-accent-text shadow-[0_0_0_1px_var(--accent-text),var(--shadow-card)]'
        : 'border-line shadow-card hover:border-line-strong';
  const farRing =
    isRunning || selected ? 'border-accent outline-4 outline-accent' : isFailed ? 'border-bad' : 'border-line-strong';
  return (
    <div
      className={`relative w-full rounded-2xl border ${isFar ? `far bg-raised ${farRing}` : `bg-surface transition-[border-color,box-shadow] duration-150 ${ring}`}`}
      style={isFar ? { minHeight: near.current ?? cardHeight(definition) } : undefined}
      data-node={id}
      data-off={off}
      data-collapsed={isCollapsed || undefined}
      data-type={type}
      // At once: the press that follows must find the sockets.
      onPointerMove={isFar && !isUnderHand ? () => flushSync(() => setUnderHand(true)) : undefined}
      onPointerLeave={isUnderHand ? () => setUnderHand(false) : undefined}
    >
      {isFar ? (
        <FarHeader id={id} type={type} definition={definition} />
      ) : (
        <Header id={id} type={type} isUnused={isUnused} />
      )}
      {!isFar && <ProgressLine id={id} />}
      {definition ? (
        <>
          <Sockets node={id} definition={definition} isFar={isFar} isUnderHand={isUnderHand} />
          {!isFar && !isCollapsed && <Controls node={id} type={type} />}
        </>
      ) : (
        <p className="px-3 py-3 text-[12px] text-ink-2">
          {isComponent({ type })
            ? 'This component cannot be opened. What is set on its card is kept.'
            : `Skein has no node called “${type}”. What it holds is kept.`}
        </p>
      )}
      {!isCollapsed && <CardMedia node={id} />}
      {!isFar && <CardTroubles id={id} isOpen={selected} />}
      {!isFar && <CardAdvice id={id} />}
      {!isFar && isComponent({ type }) && <ComponentStrip id={id} />}
      {!isFar && (
        <NodeResizeControl
          position="bottom-right"
          minWidth={220}
          maxWidth={720}
          resizeDirection="horizontal"
          className="!size-4 !translate-x-[-14px] !translate-y-[-14px] !cursor-ew-resize !border-0 !bg-transparent opacity-0 transition-opacity hover:opacity-100"
          onResizeEnd={(_, { width: wide }) => store.getState().edit((graph) => setWidth(graph, id, wide))}
        >
          <svg viewBox="0 0 12 12" className="size-3.5 text-ink-3" aria-hidden>
            <path
              d="M10.500 3v5.500a2 2 0 0 1-2 2H3"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.500"
              strokeLinecap="round"
            />
          </svg>
        </NodeResizeControl>
      )}
    </div>
  );
});

const useTitle = (id: string, type: string): string =>
  useEditor(({ byId, root }) => {
    const node = byId.get(id);
    return node ? titleOf(node, root) : type;
  });

/** From afar a card is its colour, its name in large letters, and a dot for its state. */
function FarHeader({ id, type, definition }: { id: string; type: string; definition: AnyNode | undefined }) {
  const title = useTitle(id, type);
  const status = useEditor((state) => cardStatus(aboutCard(state, id)).is);
  return (
    <header
      data-kind={kindOfNode(type, definition)}
      style={{ background: 'color-mix(in oklab, var(--kind, var(--ink-3)) 45%, var(--raised))' }}
      className="h-11 rounded-t-[15px]"
    >
      <h3 className="absolute inset-x-6 top-13 text-[34px] leading-[1.05] font-semibold break-words">
        {title.slice(0, 26)}
      </h3>
      <span role="status" aria-live="off" data-testid="state">
        <StatusDot status={status} />
      </span>
    </header>
  );
}

function Header({ id, type, isUnused }: { id: string; type: string; isUnused: boolean }) {
  const store = useEditorStore();
  const isRenaming = useUi((state) => state.renaming === id);
  const definition = useEditor((state) => state.definitions[type]);
  const title = useTitle(id, type);
  const done = (name: string) => {
    if (useUi.getState().renaming !== id) return;
    useUi.getState().rename(null);
    if (name === title) return;
    if (isComponent({ type }) && title === unnamed) nameComponent(store, id, name);
    else store.getState().edit((graph) => setTitle(graph, id, name));
  };
  return (
    <header
      data-kind={kindOfNode(type, definition)}
      className={`flex h-11 rounded-t-[15px] items-center gap-2 border-b border-line pr-3 pl-2.5 ${isUnused ? 'opacity-60' : ''}`}
    >
      <SectionIcon type={type} definition={definition} />
      {isRenaming ? (
        <input
          // biome-ignore lint/a11y/noAutofocus: it appears where the person has just asked to rename
          autoFocus
          aria-label="Name of this card"
          className="nodrag min-w-0 flex-1 rounded bg-field px-1 text-[13px] font-semibold outline-none"
          defaultValue={title}
          maxLength={200}
          onFocus={(event) => event.target.select()}
          onBlur={(event) => done(event.target.value)}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Enter') done(event.currentTarget.value);
            if (event.key === 'Escape') done(title);
          }}
        />
      ) : (
        <h3
          className="min-w-0 flex-1 truncate text-[13px] font-semibold"
          data-hint={definition?.says}
          onDoubleClick={(event) => {
            if (isComponent({ type })) return;
            event.stopPropagation();
            useUi.getState().rename(id);
          }}
        >
          {title}
        </h3>
      )}
      <Pinned id={id} />
      <State id={id} />
    </header>
  );
}

function Pinned({ id }: { id: string }) {
  const store = useEditorStore();
  const is = useEditor((state) => state.graph.layout.pinned?.includes(id) ?? false);
  if (!is) return null;
  return (
    <button
      type="button"
      aria-label="Let go of this card"
      data-hint="Pinned: it is not moved or deleted. Press to let go of it."
      className="nodrag flex-none text-ink-3 hover:text-ink"
      onClick={() => store.getState().edit((graph) => setPinned(graph, new Set([id]), false))}
    >
      <Pin size={12} />
    </button>
  );
}

const aboutCard = (state: EditorState, id: string) => ({
  node: state.run.nodes[id],
  plan: state.plan[id],
  run: state.run.status,
  hasProblem: Boolean(state.problems[id]?.length || state.plan[id]?.says),
  off: state.byId.get(id)?.off,
});

function State({ id }: { id: string }) {
  const about = useEditor(useShallow((state) => aboutCard(state, id)));
  const willRun = about.plan?.state === 'will-run';
  const reason = useEditor((state) => (willRun ? reasonOfCard(state, id) : undefined));
  return (
    <span role="status" aria-live="off" data-testid="state">
      <StatusBadge status={cardStatus({ ...about, reason })} />
    </span>
  );
}

function ProgressLine({ id }: { id: string }) {
  const node = useEditor((state) => (state.run.status === 'running' ? state.run.nodes[id] : undefined));
  if (node?.state !== 'running') return null;
  return <StepLine node={node} className="absolute top-[43px] right-0 left-0 h-0.5" />;
}

'use client';
import {
  BaseEdge,
  type EdgeProps,
  getBezierPath,
  type ReactFlowState,
  useReactFlow,
  useStore,
  useStoreApi,
} from '@xyflow/react';
import { type MouseEvent, memo, type PointerEvent, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { useEditor, useEditorStore } from './EditorContext';
import { seenFromAfar } from './state/card-size';
import type { CanvasWire } from './state/drawing';
import { type Point, setBends } from './state/edits';
import { bendIndex, bentPath } from './state/wire-path';

/**
 * A wire in the colour of what it carries; light runs along it while the node it feeds is at work. A double click bends it;
 * a bend is dragged to its place and taken out by another double click.
 */
export const Wire = memo(function Wire(props: EdgeProps<CanvasWire>) {
  const { id, target, targetHandleId, data, sourceX, sourceY, targetX, targetY, interactionWidth } = props;
  const store = useEditorStore();
  const flow = useStoreApi();
  const { kept, isBusy, isMisfit } = useEditor(
    useShallow(({ graph, run, problems }) => ({
      kept: graph.layout.bends?.[id],
      isBusy: run.status === 'running' && run.nodes[target]?.state === 'running',
      isMisfit: problems[target]?.some((problem) => problem.port === targetHandleId) ?? false,
    })),
  );
  /** Bends while one of them is dragged. */
  const [held, setHeld] = useState<readonly Point[] | null>(null);
  const bends = held ?? kept ?? none;
  const from = { x: sourceX, y: sourceY };
  const to = { x: targetX, y: targetY };
  const path = bends.length ? bentPath(from, bends, to) : getBezierPath({ ...props, curvature: 0.32 })[0];
  const put = (next: readonly Point[]) => {
    setHeld(null);
    store.getState().edit((graph) => setBends(graph, id, next));
  };
  const bend = (event: MouseEvent) => {
    event.stopPropagation();
    const at = pointOnCanvas(flow.getState(), event);
    put(bends.toSpliced(bendIndex(from, bends, { to, at }), 0, at));
  };
  return (
    <g data-kind={data?.kind} onDoubleClick={bend}>
      <BaseEdge id={id} path={path} className="wire-path" data-misfit={isMisfit} interactionWidth={interactionWidth} />
      {isBusy && <path d={path} className="wire-flow" />}
      {bends.length > 0 && <Bends bends={bends} onMove={setHeld} onDone={put} />}
    </g>
  );
});

const none: readonly Point[] = [];

/** Without `useReactFlow`, which a thousand wires would each listen to. */
function pointOnCanvas({ transform: [left, top, zoom], domNode }: ReactFlowState, event: MouseEvent): Point {
  const frame = domNode?.getBoundingClientRect();
  const along = (at: number, start = 0, shift: number) => Math.round((at - start - shift) / zoom);
  return { x: along(event.clientX, frame?.left, left), y: along(event.clientY, frame?.top, top) };
}

function Bends(props: {
  bends: readonly Point[];
  onMove(bends: readonly Point[]): void;
  onDone(bends: readonly Point[]): void;
}) {
  const { bends, onMove, onDone } = props;
  const flow = useReactFlow();
  const isFar = useStore(seenFromAfar);
  if (isFar) return null;
  const moved = (index: number, event: PointerEvent) => {
    const { x, y } = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    return bends.with(index, { x: Math.round(x), y: Math.round(y) });
  };
  const isHeld = (event: PointerEvent) => event.currentTarget.hasPointerCapture(event.pointerId);
  return bends.map(({ x, y }, index) => (
    <circle
      // biome-ignore lint/suspicious/noArrayIndexKey: a bend is its place in the row
      key={index}
      cx={x}
      cy={y}
      r={6}
      className="wire-bend nopan nodrag"
      data-testid="bend"
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => isHeld(event) && onMove(moved(index, event))}
      onPointerUp={(event) => isHeld(event) && onDone(moved(index, event))}
      onDoubleClick={(event) => {
        event.stopPropagation();
        onDone(bends.toSpliced(index, 1));
      }}
    />
  ));
}

'use client';
import { BaseEdge, type EdgeProps, getBezierPath } from '@xyflow/react';
import { memo } from 'react';
import { useEditor } from './EditorContext';
import type { CanvasWire } from './state/drawing';

/** A wire in the colour of what it carries; light runs along it while the node it feeds is at work. */
export const Wire = memo(function Wire(props: EdgeProps<CanvasWire>) {
  const { id, target, targetHandleId, data } = props;
  const [path] = getBezierPath({ ...props, curvature: 0.32 });
  const isBusy = useEditor((state) => state.run.status === 'running' && state.run.nodes[target]?.state === 'running');
  const isMisfit = useEditor(
    (state) => state.problems[target]?.some((problem) => problem.port === targetHandleId) ?? false,
  );
  return (
    <g data-kind={data?.kind}>
      <BaseEdge id={id} path={path} className="wire-path" data-misfit={isMisfit} interactionWidth={18} />
      {isBusy && <path d={path} className="wire-flow" />}
    </g>
  );
});

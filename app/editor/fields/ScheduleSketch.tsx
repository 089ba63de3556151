'use client';
import { useMemo } from 'react';
import { useEditor } from '../EditorContext';
import { sigmasShown } from '../state/sigma-list';
import { useModelCard } from '../use-model-card';
import { SigmaCurve } from './SigmaCurve';

/** The schedule that a node's settings make, drawn; nothing while no model is connected, or another schedule is. */
export function ScheduleSketch({ node }: { node: string }) {
  const params = useEditor((state) => state.checked.params[node]);
  const isOverruled = useEditor((state) => state.wired.has(`${node}.sigmas`));
  const card = useModelCard(node);
  const sigmas = useMemo(() => (params && card ? sigmasShown(params, card) : null), [params, card]);
  if (!sigmas || isOverruled) return null;
  return (
    <div
      className="rounded-lg bg-field"
      data-testid="schedule"
      data-hint="Noise at every step, from the first to the last"
    >
      <SigmaCurve sigmas={sigmas} height={34} />
    </div>
  );
}

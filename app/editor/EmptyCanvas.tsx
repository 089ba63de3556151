'use client';
import { useReactFlow } from '@xyflow/react';
import { LayoutTemplate, Plus } from 'lucide-react';
import Link from 'next/link';
import { useEditor } from './EditorContext';
import { useUi } from './state/ui-store';

/** What an empty canvas says. */
export function EmptyCanvas() {
  const isEmpty = useEditor(({ graph }) => graph.nodes.length + graph.layout.notes.length === 0);
  const isChoosing = useUi((state) => state.palette !== null);
  const flow = useReactFlow();
  if (!isEmpty || isChoosing) return null;
  const add = () => {
    const screen = { x: window.innerWidth / 2, y: window.innerHeight / 2 };
    useUi
      .getState()
      .openPalette({ screen: { x: screen.x - 150, y: screen.y - 200 }, canvas: flow.screenToFlowPosition(screen) });
  };
  return (
    <div className="pointer-events-none absolute inset-0 z-10 flex flex-col items-center justify-center gap-2 pb-12 text-center">
      <p className="text-[19px] font-semibold tracking-tight">An empty canvas</p>
      <p className="max-w-[340px] text-ink-2">
        Double-click anywhere to put a node there, or begin with a graph that already works.
      </p>
      <div className="pointer-events-auto mt-3 flex gap-2">
        <button type="button" className="text-button !border-transparent !bg-accent !text-accent-ink" onClick={add}>
          <Plus size={15} /> Add a node
        </button>
        <Link className="text-button" href="/library#templates">
          <LayoutTemplate size={15} /> Templates
        </Link>
      </div>
    </div>
  );
}

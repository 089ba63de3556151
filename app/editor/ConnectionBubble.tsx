'use client';
import { useConnection } from '@xyflow/react';
import { Ban } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useEditor } from './EditorContext';
import { refusal } from './state/refusal';

/** Beside the pointer, while a wire is over a socket that cannot take it: why not. */
export function ConnectionBubble() {
  const from = useConnection((connection) => connection.fromHandle);
  const to = useConnection((connection) => connection.toHandle);
  const graph = useEditor((state) => state.graph);
  const models = useEditor((state) => state.models);
  const bubble = useRef<HTMLDivElement>(null);
  const last = useRef({ x: 0, y: 0 });

  useEffect(() => {
    const place = () => {
      const element = bubble.current;
      if (!element) return;
      const x = Math.min(last.current.x + 18, window.innerWidth - element.offsetWidth - 8);
      const y = Math.min(last.current.y + 18, window.innerHeight - element.offsetHeight - 8);
      element.style.transform = `translate(${x}px, ${y}px)`;
    };
    const follow = (event: PointerEvent) => {
      last.current = { x: event.clientX, y: event.clientY };
      place();
    };
    window.addEventListener('pointermove', follow, { passive: true });
    place();
    return () => window.removeEventListener('pointermove', follow);
  });

  if (!from || !to || (from.id === to.id && from.nodeId === to.nodeId && from.type === to.type)) return null;
  const [source, target] = from.type === 'source' ? [from, to] : [to, from];
  const says =
    from.type === to.type
      ? `Two ${from.type === 'source' ? 'outputs' : 'inputs'} cannot be joined. Lead the wire to an ${from.type === 'source' ? 'input' : 'output'}.`
      : refusal(
          graph,
          { from: { node: source.nodeId, port: source.id ?? '' }, to: { node: target.nodeId, port: target.id ?? '' } },
          models,
        );
  if (!says) return null;
  return (
    <div
      ref={bubble}
      role="status"
      data-testid="refusal"
      className="floating pointer-events-none fixed top-0 left-0 z-[60] flex max-w-[300px] items-start gap-2 rounded-xl px-3 py-2 text-[12px] leading-snug"
    >
      <Ban size={14} className="mt-px flex-none text-bad" aria-hidden />
      {says}
    </div>
  );
}

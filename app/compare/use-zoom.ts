'use client';
import { type PointerEvent, type RefObject, useCallback, useEffect, useState } from 'react';

/** How pictures lie in their panes: how large, and how far their middles are from the panes', in pixels. */
export interface View {
  scale: number;
  x: number;
  y: number;
}
export const whole: View = { scale: 1, x: 0, y: 0 };
const most = 32;

/** The view after a zoom that keeps what is under a point in its place; the point is measured from the middle of the pane. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }): View {
  const scale = Math.min(most, Math.max(1, view.scale * factor));
  if (scale === 1) return whole;
  const share = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * share, y: at.y - (at.y - view.y) * share };
}

/** Wheel and keys zoom, dragging moves, a double press shows the whole: the same in both panes. */
export function useZoom(stage: RefObject<HTMLElement | null>) {
  const [view, setView] = useState(whole);
  useEffect(() => {
    const { current } = stage;
    const wheel = (event: WheelEvent) => {
      const pane = event.target instanceof Element ? event.target.closest('[data-pane]') : null;
      if (!pane) return;
      event.preventDefault();
      const { left, top, width, height } = pane.getBoundingClientRect();
      const at = { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 };
      setView((old) => zoomed(old, 2 ** (-event.deltaY / (event.ctrlKey ? 100 : 300)), at));
    };
    // Not passive: the page must not scroll as well.
    current?.addEventListener('wheel', wheel, { passive: false });
    return () => current?.removeEventListener('wheel', wheel);
  }, [stage]);

  const drag = useCallback((event: PointerEvent, limit: { width: number; height: number }) => {
    let last = { x: event.clientX, y: event.clientY };
    const move = (next: globalThis.PointerEvent) => {
      const [x, y] = [next.clientX - last.x, next.clientY - last.y];
      last = { x: next.clientX, y: next.clientY };
      setView((old) => {
        if (old.scale === 1) return old;
        const within = (value: number, side: number) => Math.max(-side / 2, Math.min(side / 2, value));
        return {
          ...old,
          x: within(old.x + x, limit.width * old.scale),
          y: within(old.y + y, limit.height * old.scale),
        };
      });
    };
    const end = () => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', end);
      window.removeEventListener('pointercancel', end);
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
    window.addEventListener('pointercancel', end);
  }, []);
  const zoom = useCallback((factor: number) => setView((old) => zoomed(old, factor, { x: 0, y: 0 })), []);
  const fit = useCallback(() => setView(whole), []);
  return { view, drag, zoom, fit };
}

'use client';
import { useEffect, useState } from 'react';

interface Hint {
  says: string;
  x: number;
  y: number;
  below: boolean;
}

/**
 * One tooltip for the whole page: anything with `data-hint` shows it on hover and on keyboard focus. One listener
 * instead of a component per socket keeps large graphs light.
 */
export function Hints() {
  const [hint, setHint] = useState<Hint | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hide = () => {
      clearTimeout(timer);
      setHint(null);
    };
    const show = (event: Event, delay: number) => {
      const target = event.target instanceof Element ? event.target.closest('[data-hint]') : null;
      hide();
      const says = target?.getAttribute('data-hint');
      if (!target || !says || document.querySelector('[data-wiring]')) return;
      timer = setTimeout(() => {
        if (!target.isConnected) return;
        const box = target.getBoundingClientRect();
        const below = box.top < 72;
        setHint({ says, x: box.left + box.width / 2, y: below ? box.bottom + 8 : box.top - 8, below });
      }, delay);
    };
    const over = (event: Event) => show(event, 450);
    const focus = (event: Event) => {
      if (event.target instanceof Element && event.target.matches(':focus-visible')) show(event, 150);
    };
    const pairs = [
      ['pointerover', over],
      ['focusin', focus],
      ['focusout', hide],
      ['pointerdown', hide],
      ['keydown', hide],
      ['wheel', hide],
    ] as const;
    for (const [name, handler] of pairs) document.addEventListener(name, handler, { passive: true });
    return () => {
      clearTimeout(timer);
      for (const [name, handler] of pairs) document.removeEventListener(name, handler);
    };
  }, []);
  if (!hint) return null;
  const x = Math.min(Math.max(hint.x, 140), window.innerWidth - 140);
  return (
    <div
      role="tooltip"
      className="floating pointer-events-none fixed z-[100] max-w-[264px] animate-fade rounded-lg px-2.5 py-1.5 text-[12px] leading-snug text-ink-2"
      style={{ left: x, top: hint.y, transform: `translate(-50%, ${hint.below ? '0' : '-100%'})` }}
    >
      {hint.says}
    </div>
  );
}

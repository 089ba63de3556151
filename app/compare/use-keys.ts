'use client';
import { useEffect } from 'react';
import { type Mode, modes } from './modes';

interface Acts {
  onMode(mode: Mode): void;
  onFlip(): void;
  /** H is held, or let go. */
  onHold(isHeld: boolean): void;
  onSharp(): void;
  onZoom(factor: number): void;
  onFit(): void;
}

/** Keys of the compare page, beside those of its player. None while something is written or a dialog is open. */
export function useKeys(acts: Acts): void {
  useEffect(() => {
    const isElsewhere = (event: KeyboardEvent) =>
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      (event.target instanceof HTMLElement &&
        event.target.closest('input:not([type="range"]), select, [role="dialog"]'));
    const down = (event: KeyboardEvent) => {
      if (isElsewhere(event)) return;
      const key = event.key.toLowerCase();
      const mode = modes[Number(key) - 1]?.mode;
      if (mode) acts.onMode(mode);
      else if (key === 'f') acts.onFlip();
      else if (key === 'h') event.repeat || acts.onHold(true);
      else if (key === 'p') acts.onSharp();
      else if (key === '+' || key === '=') acts.onZoom(1.5);
      else if (key === '-') acts.onZoom(1 / 1.5);
      else if (key === '0') acts.onFit();
      else return;
      event.preventDefault();
    };
    const up = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'h') acts.onHold(false);
    };
    window.addEventListener('keydown', down);
    window.addEventListener('keyup', up);
    return () => {
      window.removeEventListener('keydown', down);
      window.removeEventListener('keyup', up);
    };
  });
}

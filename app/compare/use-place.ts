'use client';
import { useEffect, useState } from 'react';
import type { Clock } from '../player/clock';

/** Where the films are in a part of so many frames at a rate, 0..1: changes from frame to frame, not with every drawing. */
export function usePlace(clock: Clock, { count, fps }: { count: number; fps: number }): number {
  const [frame, setFrame] = useState(0);
  useEffect(
    () => clock.listen(() => setFrame(Math.min(count - 1, Math.floor(clock.time * fps + 1e-6)))),
    [clock, count, fps],
  );
  return frame / count;
}

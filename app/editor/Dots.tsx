'use client';
import { useStore } from '@xyflow/react';
import { useId } from 'react';
import { shallow } from 'zustand/shallow';
import { seenFromAfar } from './state/card-size';

/** From dot to dot, and across one; in canvas pixels. */
const [apart, size] = [24, 1.6];

/**
 * The ground. From afar it is bare: dots that dense are a haze, and half of what drawing a frame would cost. When the view is moved the
 * dots are not drawn anew but pushed along by less than one gap, together with the cards.
 */
export function Dots() {
  const { left, top, gap } = useStore((state) => {
    const [x, y, zoom] = state.transform;
    const gap = seenFromAfar(state) ? 0 : apart * zoom;
    const short = (way: number) => gap && (((way % gap) + gap) % gap) - gap;
    return { left: short(x), top: short(y), gap };
  }, shallow);
  const id = useId();
  if (!gap) return null;
  const radius = ((size / apart) * gap) / 2;
  return (
    <svg
      aria-hidden
      className="dots"
      style={{
        width: `calc(100% + ${gap}px)`,
        height: `calc(100% + ${gap}px)`,
        transform: `translate(${left}px, ${top}px)`,
      }}
    >
      <pattern
        id={id}
        width={gap}
        height={gap}
        patternUnits="userSpaceOnUse"
        patternTransform={`translate(-${gap / 2},-${gap / 2})`}
      >
        <circle cx={radius} cy={radius} r={radius} />
      </pattern>
      <rect width="100%" height="100%" fill={`url(#${id})`} />
    </svg>
  );
}

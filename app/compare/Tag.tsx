import type { CSSProperties } from 'react';
import type { Name } from './use-side';

/** The letter of a side in its colour: the same on the stage, in the head and in the charts. With `style` it lies on the pictures. */
export function Tag({ name, style }: { name: Name; style?: CSSProperties }) {
  return (
    <span
      className={`${style ? 'pointer-events-none absolute' : ''} flex size-6 flex-none items-center justify-center rounded-md text-[12px] font-semibold`}
      style={{ background: colours[name], color: name === 'A' ? 'var(--accent-ink)' : 'var(--canvas)', ...style }}
    >
      {name}
    </span>
  );
}

export const colours: Record<Name, string> = { A: 'var(--accent)', B: 'var(--kind-frames)' };

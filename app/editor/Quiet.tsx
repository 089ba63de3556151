import type { ReactNode } from 'react';

/** What a panel says while it has nothing to show. */
export function Quiet({ children }: { children: ReactNode }) {
  return <p className="px-4 py-10 text-center text-[12.5px] leading-relaxed text-ink-3">{children}</p>;
}

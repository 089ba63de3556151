'use client';
import { RotateCcw, Square } from 'lucide-react';
import Link from 'next/link';
import type { LaidOut } from '../../nodes/sweep-cells';
import { Mark } from '../Mark';
import { ThemeButton } from '../ThemeButton';
import type { Arrangement } from './arrange';
import { Exports } from './Exports';
import { SweepProgress } from './SweepProgress';
import type { Swept } from './use-sweep';

/** Where this is, how far it is, and what can be done with the whole of it. */
export function SweepBar(props: { swept: Swept; laid: LaidOut; view: Arrangement; onCancel(): void; onRetry(): void }) {
  const { swept, laid, view, onCancel, onRetry } = props;
  const counts: Record<string, number> = {};
  for (const { state } of swept.cells) counts[state] = (counts[state] ?? 0) + 1;
  const isActive = Boolean(counts['queued'] || counts['running']);
  const lost = (counts['failed'] ?? 0) + (counts['cancelled'] ?? 0);
  return (
    <header className="flex h-14 flex-none items-center gap-3 border-b border-line bg-surface px-4">
      <Link href="/library" className="flex flex-none items-center gap-2 font-semibold" data-hint="Library">
        <Mark /> <span className="max-[760px]:hidden">Skein</span>
      </Link>
      <span className="text-line-strong">/</span>
      {swept.graphId ? (
        <Link
          href={`/graph/${swept.graphId}`}
          className="max-w-[22vw] truncate rounded-lg px-1 font-medium hover:bg-field-hover"
          data-hint="Back to the graph"
        >
          {swept.name}
        </Link>
      ) : (
        <span className="truncate font-medium">{swept.name}</span>
      )}
      <span className="text-line-strong">/</span>
      <h1 className="flex-none font-medium">Sweep</h1>
      <div className="ml-auto w-[300px] min-w-0 max-[900px]:w-[200px]">
        <SweepProgress cells={counts} />
      </div>
      {isActive && (
        <button type="button" className="text-button" onClick={onCancel}>
          <Square size={12} fill="currentColor" aria-hidden /> Cancel
        </button>
      )}
      {!isActive && lost > 0 && (
        <button type="button" className="text-button" onClick={onRetry}>
          <RotateCcw size={13} aria-hidden /> Run {lost} again
        </button>
      )}
      <Exports swept={swept} laid={laid} view={view} />
      <ThemeButton />
    </header>
  );
}

'use client';
import { Download, RotateCcw, Square } from 'lucide-react';
import Link from 'next/link';
import { DropdownMenu } from 'radix-ui';
import { toast } from 'sonner';
import type { LaidOut } from '../../nodes/sweep-cells';
import { Mark } from '../Mark';
import { said } from '../said';
import { saveFile } from '../save-file';
import { ThemeButton } from '../ThemeButton';
import type { Arrangement } from './arrange';
import { csvOf, rowsOf } from './export-data';
import { pictureOf } from './picture';
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

function Exports({ swept, laid, view }: { swept: Swept; laid: LaidOut; view: Arrangement }) {
  const draw = async () => {
    const found = (cell: number) =>
      document.querySelector<HTMLVideoElement | HTMLImageElement>(`[data-cell="${cell}"] :is(video, img)`);
    try {
      const picture = await pictureOf(laid, { view, title: swept.name, found });
      saveFile(picture, { name: `${swept.name} sweep`, ending: 'png', type: 'image/png' });
    } catch (error) {
      toast.error('The picture could not be made', { description: said(error) });
    }
  };
  const save = (kind: 'json' | 'csv') => {
    const rows = rowsOf(swept, laid);
    const { name, sweep, graph, createdAt } = swept;
    const text =
      kind === 'csv' ? csvOf(rows) : `${JSON.stringify({ name, createdAt, sweep, cells: rows, graph }, null, 2)}\n`;
    saveFile(text, { name: `${name} sweep`, ending: kind, type: kind === 'csv' ? 'text/csv' : 'application/json' });
  };
  const entry = 'flex cursor-pointer flex-col rounded-lg px-2.5 py-1.5 outline-none data-highlighted:bg-field-hover';
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="text-button">
        <Download size={14} aria-hidden /> Export
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="end" sideOffset={6} className="floating z-50 w-64 animate-fade rounded-xl p-1">
          <DropdownMenu.Item className={entry} onSelect={() => void draw()}>
            Picture (PNG)
            <span className="text-[11px] text-ink-3">The grid with its labels, at the frame on show</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className={entry} onSelect={() => save('csv')}>
            Table (CSV)
            <span className="text-[11px] text-ink-3">Settings, seconds, sizes, what was cached</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className={entry} onSelect={() => save('json')}>
            Everything (JSON)
            <span className="text-[11px] text-ink-3">The same with the graph and the axes</span>
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

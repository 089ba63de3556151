import type { SweepSummary } from '../../server/api/root';

const tones = { done: 'bg-good', failed: 'bg-bad', running: 'bg-accent', cancelled: 'bg-line-strong' } as const;

/** How far a sweep is: a line in parts, and in words. */
export function SweepProgress({ cells }: { cells: SweepSummary['cells'] }) {
  const { done = 0, failed = 0, running = 0, queued = 0, cancelled = 0 } = cells;
  const total = done + failed + running + queued + cancelled;
  const parts = [
    `${done} of ${total} done`,
    failed ? `${failed} failed` : '',
    cancelled ? `${cancelled} cancelled` : '',
    running ? `${running} at work` : '',
  ];
  return (
    <span className="block" data-testid="sweep-progress">
      <span className="figures text-[12.5px] font-medium">{parts.filter(Boolean).join(' · ')}</span>
      <span className="my-1 flex h-1 gap-px overflow-hidden rounded-full bg-fill" aria-hidden>
        {(['done', 'failed', 'cancelled', 'running'] as const).map((state) => (
          <span
            key={state}
            className={tones[state]}
            style={{ width: `${(100 * (cells[state] ?? 0)) / Math.max(1, total)}%` }}
          />
        ))}
      </span>
    </span>
  );
}

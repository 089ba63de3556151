import type { Change } from '../nodes/graph-diff';

/** What differs between two graphs, a line each; `none` is said when nothing does. */
export function ChangeList({ changes, none }: { changes: readonly Change[]; none: string }) {
  if (!changes.length) return <p className="text-[13px] text-ink-2">{none}</p>;
  return (
    <ul className="flex flex-col gap-1 text-[13px] leading-snug" data-testid="graph-differences">
      {changes.map(({ node, says }) => (
        <li key={`${node} ${says}`} className="break-words">
          {says}
        </li>
      ))}
    </ul>
  );
}

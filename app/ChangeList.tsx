import type { Change } from '../nodes/graph-diff';

/** What differs between two graphs, a line each with its sign; `none` is said when nothing does. */
export function ChangeList({ changes, none }: { changes: readonly Change[]; none: string }) {
  if (!changes.length) return <p className="text-[13px] text-ink-2">{none}</p>;
  return (
    <ul className="flex flex-col gap-1 text-[13px] leading-snug" data-testid="graph-differences">
      {changes.map(({ node, is, says }) => {
        const { sign, tone } = signs[is] ?? { sign: '·', tone: 'before:text-ink-3' };
        return (
          <li
            key={`${node} ${says}`}
            data-sign={sign}
            className={`flex gap-2 break-words before:w-2.5 before:flex-none before:text-center before:font-semibold before:content-[attr(data-sign)] ${tone}`}
          >
            <span className="min-w-0">{says}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** Signs of what came and went; all else is a change. */
const signs: Partial<Record<Change['is'], { sign: string; tone: string }>> = {
  added: { sign: '+', tone: 'before:text-good' },
  removed: { sign: '−', tone: 'before:text-bad' },
};

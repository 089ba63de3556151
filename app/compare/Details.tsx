'use client';
import { GitBranch } from 'lucide-react';
import type { ReactNode } from 'react';
import { diffGraphs } from '../../nodes/graph-diff';
import { ChangeList } from '../ChangeList';
import { saySeconds } from '../editor/state/facts-line';
import { useOpenGraph } from '../editor/use-drops';
import type { Clock } from '../player/clock';
import { Figures } from './Figures';
import { nodeTimes, type Spent, secondsOf } from './node-times';
import { colours, Tag } from './Tag';
import type { useComparison } from './use-comparison';
import type { Name, Side } from './use-side';

/** Below the films: in what they differ, by what was set, by what was measured, by what it cost. */
export function Details(props: { a: Side; b: Side; clock: Clock; comparison: ReturnType<typeof useComparison> }) {
  const { a, b, clock, comparison } = props;
  return (
    <div className="grid h-[37vh] min-h-[220px] flex-none grid-cols-[minmax(240px,1fr)_minmax(400px,2.2fr)_minmax(230px,0.9fr)] gap-x-6 gap-y-5 overflow-y-auto border-t border-line px-5 py-4 max-[1180px]:grid-cols-[minmax(240px,1fr)_minmax(400px,2fr)]">
      <Part title="What differs in the graphs, A → B">
        <GraphDifferences a={a} b={b} />
      </Part>
      <Part title="Measured">
        <Figures comparison={comparison} clock={clock} />
      </Part>
      <Part title="Seconds of each node">
        <Times a={a} b={b} />
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="mb-2 text-[12px] font-medium text-ink-3">{title}</h2>
      {children}
    </section>
  );
}

function GraphDifferences({ a, b }: { a: Side; b: Side }) {
  const openGraph = useOpenGraph();
  return (
    <>
      {a.run && b.run ? (
        <ChangeList
          changes={diffGraphs(a.run.graph, b.run.graph)}
          none="Nothing: both were made by the same settings."
        />
      ) : (
        <p className="text-[13px] text-ink-2">{unknown(a, b)}</p>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        {[a, b].map(
          ({ name, asset, run }) =>
            run && (
              <button
                key={name}
                type="button"
                className="text-button !h-7 !px-2.5 text-[12px]"
                onClick={() => openGraph(run.graph, `As it was when ${asset.name} was made`)}
              >
                <GitBranch size={13} aria-hidden /> Open {name}’s graph
              </button>
            ),
        )}
      </div>
    </>
  );
}

function unknown(a: Side, b: Side): string {
  const without = [a, b].filter(({ run }) => !run);
  const [first] = without;
  if (without.length > 1) return 'Neither was made by a graph of this library.';
  return first?.asset.origin === 'upload'
    ? `${first.name} was uploaded: there is no graph behind it.`
    : `The run that made ${first?.name} is no longer known.`;
}

function Times({ a, b }: { a: Side; b: Side }) {
  const rows = nodeTimes(a.run, b.run);
  const longest = Math.max(...rows.flatMap((row) => [secondsOf(row.a), secondsOf(row.b)]));
  if (!rows.length) return <p className="text-[13px] text-ink-2">Nothing had to be computed for either.</p>;
  return (
    <ul className="flex flex-col gap-2.5" data-testid="node-times">
      {rows.map((row) => (
        <li key={`${row.node} ${row.type}`}>
          <p className="mb-0.5 truncate text-[12.5px] font-medium">{row.title}</p>
          {a.run && <Bar name="A" spent={row.a} longest={longest} />}
          {b.run && <Bar name="B" spent={row.b} longest={longest} />}
        </li>
      ))}
      <li className="flex flex-wrap gap-x-4 border-t border-line pt-2 text-[12px] text-ink-2">
        {[a, b].map(
          ({ name, run }) =>
            run && (
              <span key={name} className="flex items-center gap-1.5">
                <Tag name={name} /> {run.run.seconds === null ? '' : `${saySeconds(run.run.seconds)} in all`}
              </span>
            ),
        )}
      </li>
    </ul>
  );
}

function Bar({ name, spent, longest }: { name: Name; spent: Spent | undefined; longest: number }) {
  const words = spent === undefined ? 'not in its graph' : typeof spent === 'number' ? saySeconds(spent) : spent;
  return (
    <div className="flex items-center gap-2">
      <span className="sr-only">{name}</span>
      <span className="h-1.5 min-w-0 flex-1 overflow-hidden rounded-full bg-field" aria-hidden>
        <span
          className="block h-full rounded-full"
          style={{ width: `${(100 * secondsOf(spent)) / longest}%`, background: colours[name] }}
        />
      </span>
      <span
        className={`figures w-20 flex-none text-right text-[11px] ${typeof spent === 'number' ? 'text-ink-2' : 'text-ink-3'}`}
      >
        {words}
      </span>
    </div>
  );
}

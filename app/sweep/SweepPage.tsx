'use client';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useEffect, useMemo, useState } from 'react';
import { toast } from 'sonner';
import { sayCell } from '../../nodes/sweep-cells';
import { api } from '../api-client';
import { ChoosingBar } from '../compare/ChoosingBar';
import { Viewer } from '../editor/Viewer';
import { Clock } from '../player/clock';
import { Player } from '../player/Player';
import { said } from '../said';
import { type Arrangement, firstArrangement, linesOf } from './arrange';
import { Grid, gap, shapeOf } from './Grid';
import { SweepBar } from './SweepBar';
import { Toolbar } from './Toolbar';
import { useSwept } from './use-sweep';

/** The results of a sweep: every cell in its place, all films in step. */
export function SweepPage({ id }: { id: string }) {
  const { swept, error, laid, doing, refetch } = useSwept(id);
  const router = useRouter();
  const clock = useMemo(() => new Clock(), []);
  const [view, setView] = useState<Arrangement>();
  const [size, setSize] = useState(150);
  useEffect(() => {
    if (!laid?.axes.length || view) return;
    const first = firstArrangement(laid);
    setView(first);
    setSize(fitting(linesOf(laid, first), shapeOf(swept?.cells ?? [])));
  }, [laid, view, swept]);
  useEffect(() => {
    if (swept) document.title = `Sweep of ${swept.name} · Skein`;
  }, [swept]);
  const act = async (work: () => Promise<unknown>) => {
    try {
      await work();
      await refetch();
    } catch (failure) {
      toast.error('That did not work', { description: said(failure) });
    }
  };
  if (error || (laid && !laid.axes.length))
    return <Sorry says={error ? said(error) : (laid?.problems[0]?.says ?? 'This sweep cannot be laid out.')} />;
  if (!swept || !laid || !view) return <main aria-busy="true" className="fixed inset-0" />;

  const pick = (cell: number) =>
    act(async () => {
      const { graphId, before } = await api.sweeps.pick.mutate({ sweepId: id, cell });
      const chosen = laid.cells.find(({ index }) => index === cell);
      toast.success('Picked', {
        description: `${chosen ? sayCell(laid, chosen) : ''} is in the graph. Undo brings back what was.`,
      });
      router.push(`/graph/${graphId}${before === undefined ? '' : `?undo=${before}`}`);
    });
  return (
    <main className="fixed inset-0 flex flex-col overflow-hidden">
      <SweepBar
        swept={swept}
        laid={laid}
        view={view}
        onCancel={() => act(() => api.sweeps.cancel.mutate({ sweepId: id }))}
        onRetry={() => act(() => api.sweeps.retry.mutate({ sweepId: id }))}
      />
      <Toolbar laid={laid} view={view} onView={setView} size={size} onSize={setSize} />
      <Grid
        {...{ swept, laid, view, clock, size, doing }}
        onView={setView}
        onPick={pick}
        onRetry={(cell) => act(() => api.sweeps.retry.mutate({ sweepId: id, cells: [cell] }))}
      />
      <Player clock={clock} />
      <ChoosingBar />
      <Viewer />
    </main>
  );
}

/** A width at which all columns are in sight, and all rows where that leaves the films large enough to judge. */
function fitting({ columns, rows }: ReturnType<typeof linesOf>, shape: number): number {
  const wide = Math.min(300, (window.innerWidth - 180) / columns.length - gap);
  // What is above, below and around the films.
  const high = ((window.innerHeight - 236) / rows.length - gap) * shape;
  return Math.round(Math.max(96, Math.min(wide, Math.max(160, high))));
}

function Sorry({ says }: { says: string }) {
  return (
    <main className="fixed inset-0 flex flex-col items-center justify-center gap-3 px-6 text-center">
      <h1 className="text-[19px] font-semibold tracking-tight">This sweep could not be opened</h1>
      <p className="max-w-[420px] text-ink-2">{says}</p>
      <Link className="text-button mt-2" href="/library">
        Library
      </Link>
    </main>
  );
}

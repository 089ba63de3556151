'use client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { layOut } from '../../nodes/sweep-cells';
import { type Answers, api } from '../api-client';
import { listen } from '../live';

export type Swept = Answers['sweeps']['get'];
export type CellOf = Swept['cells'][number];

/** What a cell at work is doing. */
export interface Doing {
  node: string;
  done: number;
  of: number;
  preview?: string;
}

/** A sweep as it stands and goes on. Read again when a run of it begins or ends; progress comes live. */
export function useSwept(id: string) {
  const { data, error, refetch } = useQuery({
    queryKey: ['sweep', id],
    queryFn: () => api.sweeps.get.query({ sweepId: id }),
    staleTime: 0,
  });
  const [doing, setDoing] = useState<Readonly<Record<string, Doing>>>({});
  const runs = useMemo(() => new Set(data?.cells.map(({ run }) => run)), [data]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readAgain = () => {
      timer = undefined;
      void refetch();
    };
    const stop = listen((events) => {
      const ours = events.filter(({ run }) => runs.has(run));
      if (ours.some(({ type }) => type.startsWith('run.'))) timer ??= setTimeout(readAgain, 250);
      const progress = ours.filter((event) => event.type === 'node.progress');
      if (!progress.length) return;
      setDoing((old) => {
        const next = { ...old };
        for (const { run, node, done, of, preview } of progress)
          next[run] = { node, done, of, preview: preview?.url ?? old[run]?.preview };
        return next;
      });
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [runs, refetch]);
  const laid = useMemo(
    () => (data ? layOut(data.graph, data.sweep, { limit: Number.POSITIVE_INFINITY }) : undefined),
    [data],
  );
  return { swept: data, error, laid, doing, refetch };
}

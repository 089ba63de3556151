'use client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Graph } from '../../nodes/graph';
import { type LaidOut, layOut } from '../../nodes/sweep-cells';
import { type Answers, api } from '../api-client';
import { described } from '../choices';
import { fieldFor } from '../editor/state/sweep-fields';
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
  /** Which runs are cells of this; unknown until the first answer. Beside the effect: an answer must not drop a reading that is due. */
  const runs = useRef<ReadonlySet<string>>(undefined);
  useEffect(() => {
    if (data) runs.current = new Set(data.cells.map(({ run }) => run));
  }, [data]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readAgain = () => {
      timer = undefined;
      void refetch();
    };
    const stop = listen((events) => {
      const ours = events.filter(({ run }) => runs.current?.has(run) ?? true);
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
  }, [refetch]);
  const laid = useMemo(
    () => data && titled(data.graph, layOut(data.graph, data.sweep, { limit: Number.POSITIVE_INFINITY })),
    [data],
  );
  return { swept: data, error, laid, doing, refetch };
}

/** Samplers and whatever else is chosen from a list are called as on their card. */
const titled = (graph: Graph, laid: LaidOut): LaidOut => ({
  ...laid,
  axes: laid.axes.map(({ axis, values, labels }) => {
    const isChosen = axis.at && fieldFor(graph, axis.at)?.control === 'select';
    return { axis, values, labels: isChosen ? labels.map((one) => described(one).title) : labels };
  }),
});

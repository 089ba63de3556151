'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { toast } from 'sonner';
import { type Answers, api } from '../api-client';
import { said } from '../said';
import { moved } from './state/queue-rows';

type Line = Answers['runs']['queue'];
const key = ['runs', 'queue'];

/** What runs and waits, of all graphs, in the order in which it will be taken; and whether the queue is paused. */
export function useQueue() {
  const { data: line } = useQuery({ queryKey: key, queryFn: () => api.runs.queue.query(), refetchInterval: 2000 });
  const { data: paused } = useQuery({
    queryKey: ['runs', 'paused'],
    queryFn: () => api.runs.paused.query(),
    refetchInterval: 10_000,
  });
  return { line: line ?? [], isPaused: paused ?? false };
}

/** Changes to the queue. The server's line is the truth; what was asked is shown at once, and taken back when refused. */
export function useQueueActions() {
  const queries = useQueryClient();
  return useMemo(() => {
    const act = async (work: () => Promise<unknown>) => {
      try {
        await work();
      } catch (error) {
        toast.error('The queue was not changed', { description: said(error) });
      }
      await queries.invalidateQueries({ queryKey: ['runs'] });
    };
    return {
      move: (order: { runs: string[]; before?: string }) => {
        queries.setQueryData<Line>(key, (line) => line && moved(line, order));
        return act(() => api.runs.move.mutate(order));
      },
      pause: (paused: boolean) => {
        queries.setQueryData(['runs', 'paused'], paused);
        return act(() => api.runs.pause.mutate({ paused }));
      },
      cancel: (runs: readonly string[]) =>
        act(() => Promise.all(runs.map((runId) => api.runs.cancel.mutate({ runId })))),
      cancelAll: () => act(() => api.runs.cancelAll.mutate({ running: true })),
    };
  }, [queries]);
}

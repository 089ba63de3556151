'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import { toast } from 'sonner';
import { type Answers, api } from '../api-client';
import { said } from '../said';

export type Download = Answers['hub']['downloads'][number];

const isUnderWay = ({ state }: Download) => state === 'running' || state === 'waiting' || state === 'elsewhere';
/** How often the server is asked while something comes, in milliseconds. */
const soonMs = 700;

/** The downloads there are, followed while one is under way. When one has come, the models are asked for anew. */
export function useDownloads(): readonly Download[] {
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ['downloads'],
    queryFn: () => api.hub.downloads.query(),
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) ? soonMs : 15_000),
  });
  const done = data?.filter(({ state }) => state === 'done').length ?? 0;
  const known = useRef(done);
  useEffect(() => {
    if (done > known.current) {
      void queries.invalidateQueries({ queryKey: ['models'] });
      void queries.invalidateQueries({ queryKey: ['shelf'] });
    }
    known.current = done;
  }, [done, queries]);
  return data ?? [];
}

/** Does something about a download, and looks at once what has become of it. Says so when it was refused. */
export function useAct(): (work: () => Promise<unknown>, failure?: string) => Promise<boolean> {
  const queries = useQueryClient();
  return useCallback(
    async (work, failure = 'That did not work') => {
      try {
        await work();
        return true;
      } catch (error) {
        toast.error(failure, { description: said(error), duration: 10_000 });
        return false;
      } finally {
        await Promise.all(
          ['downloads', 'models', 'shelf'].map((key) => queries.invalidateQueries({ queryKey: [key] })),
        );
      }
    },
    [queries],
  );
}

'use client';
import { useQuery } from '@tanstack/react-query';
import { type Answers, api } from '../api-client';

export type FilmState = Answers['compare']['films'];
export type LatentState = Answers['compare']['latents'];
export type FilmFigures = Extract<FilmState, { state: 'done' }>['result'];

const again = (state: string | undefined) => (state === 'waiting' || state === 'working' ? 350 : false);
/** What two files have in common never changes; asked again only while it is being found out. */
const once = { staleTime: Number.POSITIVE_INFINITY, retry: false, refetchOnWindowFocus: false } as const;

/** Measures of two files, as far as the server has them. */
export function useComparison(a: string, b: string) {
  const films = useQuery({
    queryKey: ['compare', 'films', a, b],
    queryFn: () => api.compare.films.query({ a, b }),
    refetchInterval: ({ state }) => again(state.data?.state),
    ...once,
  });
  const latents = useQuery({
    queryKey: ['compare', 'latents', a, b],
    queryFn: () => api.compare.latents.query({ a, b }),
    refetchInterval: ({ state }) => again(state.data?.state),
    ...once,
  });
  return { films, latents };
}

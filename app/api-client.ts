import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import type { inferRouterOutputs } from '@trpc/server';
import superjson from 'superjson';
import type { AppRouter } from '../server/api/root';

/** Marks our own requests: a page of another site cannot send this header, so it cannot change anything here. */
const ours = { 'x-skein': '1' };

declare global {
  interface Window {
    /** A request the page of a graph made before its scripts were read: what is asked, and the answer (`early-script.ts`). */
    early?: { asks: string; answer: Promise<Response> };
  }
}

/** What the page has already asked is not asked again: the first request takes its answer, or drops it when it asks something else. */
const ask: typeof fetch = (input, init) => {
  const early = typeof window === 'undefined' ? undefined : window.early;
  if (!early) return fetch(input, init);
  delete window.early;
  return early.asks === `${input} ${init?.body}` ? early.answer.catch(() => fetch(input, init)) : fetch(input, init);
};

/** The one door to the server. Types come from the router itself. */
export const api = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: (op) => op.type === 'subscription',
      true: httpSubscriptionLink({ url: '/api/trpc', transformer: superjson }),
      false: httpBatchLink({
        url: '/api/trpc',
        transformer: superjson,
        headers: ours,
        methodOverride: 'POST',
        fetch: ask,
      }),
    }),
  ],
});

export type Answers = inferRouterOutputs<AppRouter>;

export const assetUrl = (id: string) => `/api/assets/${encodeURIComponent(id)}`;

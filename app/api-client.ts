import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import type { inferRouterOutputs } from '@trpc/server';
import superjson from 'superjson';
import type { AppRouter } from '../server/api/root';

/** Marks our own requests: a page of another site cannot send this header, so it cannot change anything here. */
const ours = { 'x-skein': '1' };

/** The one door to the server. Types come from the router itself. */
export const api = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: (op) => op.type === 'subscription',
      true: httpSubscriptionLink({ url: '/api/trpc', transformer: superjson }),
      false: httpBatchLink({ url: '/api/trpc', transformer: superjson, headers: ours, methodOverride: 'POST' }),
    }),
  ],
});

export type Answers = inferRouterOutputs<AppRouter>;

export const assetUrl = (id: string) => `/api/assets/${encodeURIComponent(id)}`;

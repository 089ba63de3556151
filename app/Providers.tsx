'use client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Toaster } from 'sonner';
import { useTheme } from './theme';

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: 5_000, retry: 1, refetchOnWindowFocus: true } } }),
  );
  const [theme] = useTheme();
  return (
    <QueryClientProvider client={client}>
      {children}
      <Toaster
        theme={theme}
        position="top-center"
        offset={64}
        toastOptions={{
          className: 'floating !rounded-xl !border-line !text-ink',
          style: { background: 'var(--raised)', fontFamily: 'var(--font-sans)', fontSize: 13, color: 'var(--ink)' },
          descriptionClassName: '!text-ink-2',
          actionButtonStyle: { background: 'var(--accent)', color: 'var(--accent-ink)', height: 28, borderRadius: 8 },
        }}
      />
    </QueryClientProvider>
  );
}

'use client';
import { useRouter } from 'next/navigation';
import { useCallback, useEffect, useRef, useState } from 'react';
import { emptyGraph } from '../nodes/graph';
import { api } from './api-client';
import { Mark } from './Mark';
import { said } from './said';

/** The way in: the graph last worked on, else the newest, else, for a newcomer, the text-to-video template. */
export function Home() {
  const router = useRouter();
  const [problem, setProblem] = useState<string | null>(null);
  const begun = useRef(false);
  const enter = useCallback(async () => {
    setProblem(null);
    try {
      router.replace(`/graph/${await whereTo()}`);
    } catch (error) {
      setProblem(said(error));
    }
  }, [router]);
  useEffect(() => {
    // React mounts twice in development; a newcomer must not get two graphs.
    if (begun.current) return;
    begun.current = true;
    void enter();
  }, [enter]);
  return (
    <main className="fixed inset-0 flex flex-col items-center justify-center gap-4 px-6 text-center">
      <div className={problem ? '' : 'animate-pulse'}>
        <Mark size={44} />
      </div>
      {problem && (
        <>
          <p className="max-w-[420px] text-ink-2">{problem}</p>
          <button type="button" className="text-button" onClick={() => void enter()}>
            Try again
          </button>
        </>
      )}
    </main>
  );
}

async function whereTo(): Promise<string> {
  const graphs = await api.graphs.list.query();
  const last = localStorage.getItem('skein.last');
  const known = graphs.find(({ id }) => id === last) ?? graphs[0];
  if (known) return known.id;
  const templates = await api.graphs.templates.query();
  const first = templates.find(({ id }) => id === 'text-to-video') ?? templates[0];
  const { id } = await api.graphs.create.mutate({ graph: first?.graph ?? emptyGraph() });
  return id;
}

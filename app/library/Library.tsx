'use client';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import Link from 'next/link';
import { useEffect, useState } from 'react';
import { emptyGraph } from '../../nodes/graph';
import { api } from '../api-client';
import { ChoosingBar } from '../compare/ChoosingBar';
import { useOpenGraph } from '../editor/use-drops';
import { Viewer } from '../editor/Viewer';
import { listen } from '../live';
import { Mark } from '../Mark';
import { ModelShelf } from '../models/ModelShelf';
import { SearchField } from '../SearchField';
import { said } from '../said';
import { ThemeButton } from '../ThemeButton';
import { ComponentShelf } from './ComponentShelf';
import { freeName } from './found';
import { GraphShelf } from './GraphShelf';
import { OpenFile } from './OpenFile';
import { ResultShelf } from './ResultShelf';
import { TemplateShelf } from './TemplateShelf';
import { Waiting } from './Tile';

const shelves = ['graphs', 'templates', 'components', 'results', 'models'] as const;
type Shelf = (typeof shelves)[number];
const titles: Record<Shelf, string> = {
  graphs: 'Graphs',
  templates: 'Templates',
  components: 'Components',
  results: 'Results',
  models: 'Models',
};

/** Everything kept: graphs people made, templates to begin from, films that came of them, models they need. */
export function Library() {
  const [shelf, setShelf] = useState<Shelf>('graphs');
  const [sought, setSought] = useState('');
  const graphs = useQuery({ queryKey: ['graphs'], queryFn: () => api.graphs.list.query() });
  const openGraph = useOpenGraph();

  useEffect(() => {
    const follow = () => {
      const named = shelves.find((name) => `#${name}` === window.location.hash);
      if (named) setShelf(named);
    };
    follow();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const { refetch } = graphs;
  useEffect(
    () =>
      listen((events) => {
        if (events.some((event) => event.type === 'run.done')) void refetch();
      }),
    [refetch],
  );
  const choose = (name: Shelf) => {
    setShelf(name);
    window.history.replaceState(null, '', `#${name}`);
  };
  return (
    <main className="mx-auto flex min-h-full max-w-[1240px] flex-col px-8 pt-7 pb-20 max-[700px]:px-4">
      <header className="mb-8 flex items-center gap-3">
        <h1 className="sr-only">Library</h1>
        <Link
          href="/"
          className="flex items-center gap-2.5 rounded-xl text-[17px] font-semibold tracking-tight"
          data-hint="Back to the canvas"
        >
          <Mark size={26} /> Skein
        </Link>
        <div className="ml-auto flex items-center gap-2">
          <SearchField
            sought={sought}
            onSeek={setSought}
            says="Search by name, tag or words"
            placeholder="Search"
            className="w-[240px] max-[700px]:w-[130px]"
          />
          <OpenFile onOpen={openGraph} />
          <button
            type="button"
            className="text-button !h-9 !border-transparent !bg-accent !text-accent-ink hover:brightness-105"
            onClick={() => openGraph(emptyGraph(freeName(emptyGraph().name, graphs.data ?? [])))}
          >
            <Plus size={15} />{' '}
            <span>
              New<span className="max-[700px]:hidden"> graph</span>
            </span>
          </button>
          <ThemeButton />
        </div>
      </header>
      <nav className="mb-6 flex gap-1 border-b border-line" aria-label="Shelves">
        {shelves.map((name) => (
          <button
            key={name}
            type="button"
            aria-current={shelf === name ? 'page' : undefined}
            className={`-mb-px border-b-2 px-3 pb-2.5 text-[14px] font-medium transition-colors ${shelf === name ? 'border-accent text-ink' : 'border-transparent text-ink-3 hover:text-ink'}`}
            onClick={() => choose(name)}
          >
            {titles[name]}{' '}
            {name === 'graphs' && graphs.data && (
              <span className="number ml-1.5 text-[11px] text-ink-3">{graphs.data.length}</span>
            )}
          </button>
        ))}
      </nav>
      {shelf === 'graphs' &&
        (graphs.error ? (
          <p className="py-16 text-center text-ink-2">{said(graphs.error)}</p>
        ) : graphs.data ? (
          <GraphShelf graphs={graphs.data} sought={sought} onTemplates={() => choose('templates')} />
        ) : (
          <Waiting />
        ))}
      {shelf === 'templates' && <TemplateShelf sought={sought} />}
      {shelf === 'components' && <ComponentShelf sought={sought} />}
      {shelf === 'results' && <ResultShelf sought={sought} />}
      {shelf === 'models' && <ModelShelf sought={sought} />}
      <ChoosingBar />
      <Viewer />
    </main>
  );
}

'use client';
// First, so that it asks before all that follows has been read.
import './early';
import { useQuery } from '@tanstack/react-query';
import { ReactFlowProvider } from '@xyflow/react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import type { ModelCard, Models } from '../../nodes/values';
import { type Answers, api } from '../api-client';
import { later } from '../later';
import { said } from '../said';
import { Canvas } from './Canvas';
import { CommandPalette } from './CommandPalette';
import { ConflictBar } from './ConflictBar';
import { DoingProvider } from './DoingContext';
import { Drawer } from './Drawer';
import { EditorProvider, useEditorStore } from './EditorContext';
import { EmptyCanvas } from './EmptyCanvas';
import { askGraph, askModels } from './early';
import { FormFace } from './form/FormFace';
import { useFace } from './form/use-face';
import { graphAt } from './graph-at';
import { Palette } from './Palette';
import { RunBar } from './RunBar';
import { createEditor, type Editor } from './state/editor-store';
import { keepOpen, type OpenEditor, openedBefore, type SaveMemory } from './state/open-editors';
import { recallDraft } from './state/save-state';
import { useTabs } from './state/tabs';
import { TabStrip } from './TabStrip';
import { TopBar } from './TopBar';
import { useAutosave } from './use-autosave';
import { useHotkeys } from './use-hotkeys';
import { useLive } from './use-live';
import { usePlan } from './use-plan';
import { useRuns } from './use-runs';
import { useToldSizes } from './use-told-sizes';

// What opens over the canvas is read once the canvas is there.
const HelpDialog = later(async () => (await import('./HelpDialog')).HelpDialog);
const MissingModels = later(async () => (await import('./MissingModels')).MissingModels);
const PresetsDialog = later(async () => (await import('./PresetsDialog')).PresetsDialog);
const ReproduceBar = later(async () => (await import('./ReproduceBar')).ReproduceBar);
const Viewer = later(async () => (await import('./Viewer')).Viewer);

type Stored = Answers['graphs']['get'];
const byId = (cards: readonly ModelCard[]) => Object.fromEntries(cards.map((card) => [card.id, card]));

/** A graph of the library, open for work. Which one, the address says: tabs change it without leaving the page. */
export function EditorPage({ id: entered }: { id: string }) {
  const id = graphAt(usePathname()) ?? entered;
  return <OneGraph key={id} id={id} />;
}

function OneGraph({ id }: { id: string }) {
  const [opened] = useState(() => openedBefore(id));
  const graph = useQuery({
    queryKey: ['graph', id],
    queryFn: () => askGraph(id),
    // Opened once; from then on the editor is ahead of the server.
    enabled: !opened,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const models = useQuery({ queryKey: ['models'], queryFn: askModels, refetchInterval: 60_000 });
  const isThere = opened !== undefined || graph.data !== undefined;
  useEffect(() => {
    if (isThere) localStorage.setItem('skein.last', id);
  }, [isThere, id]);
  const failure = graph.error ?? (isThere && !models.data ? models.error : null);
  if (failure)
    return <Sorry id={id} says={said(failure)} onRetry={() => void Promise.all([graph.refetch(), models.refetch()])} />;
  if (!models.data) return <Opening />;
  if (opened) return <Opened id={id} models={models.data} from={() => opened} />;
  if (!graph.data) return <Opening />;
  const { data } = graph;
  return <Opened id={id} models={models.data} from={(known) => fromLibrary(data, known)} />;
}

/** The graph as it was saved, or as a tab that is gone had left it. */
function fromLibrary(stored: Stored, models: Models): OpenEditor {
  const draft = recallDraft(stored.id);
  // A save whose answer never came has left the same graph in both places.
  const isFresh = !draft || JSON.stringify(draft.graph) === JSON.stringify(stored.graph);
  const editor = createEditor(isFresh ? stored.graph : draft.graph, models);
  const version = isFresh ? stored.version : draft.baseVersion;
  const saved = isFresh ? editor.getState().root : null;
  return { editor, memory: { version, saved, busy: false, halted: false } };
}

function Opened(props: { id: string; models: readonly ModelCard[]; from(models: Models): OpenEditor }) {
  const { id, models, from } = props;
  const known = useMemo(() => byId(models), [models]);
  const [opened] = useState(() => from(known));
  const { editor, memory } = opened;
  useEffect(() => keepOpen(id, opened), [id, opened]);
  useEffect(() => editor.getState().setModels(known), [editor, known]);
  return (
    <EditorProvider editor={editor}>
      <ReactFlowProvider>
        <Workspace id={id} memory={memory} />
      </ReactFlowProvider>
    </EditorProvider>
  );
}

function Workspace({ id, memory }: { id: string; memory: SaveMemory }) {
  const editor = useEditorStore();
  useToldSizes();
  const autosave = useAutosave({ id, memory });
  const runs = useRuns(id);
  const { seconds } = usePlan();
  const run = useCallback(() => void runs.start(), [runs]);
  const runFirst = useCallback(() => void runs.start({ first: true }), [runs]);
  useLive(runs);
  const { save } = autosave;
  const [face] = useFace();
  useWayBack(id, editor);
  useEffect(() => {
    const title = () => {
      document.title = `${editor.getState().root.name || 'Untitled'} · Skein`;
    };
    title();
    return editor.subscribe(title);
  }, [editor]);
  return (
    <DoingProvider run={run} runFirst={runFirst} save={save}>
      <Hotkeys />
      <main className="fixed inset-0 overflow-hidden select-none [&_input]:select-text [&_textarea]:select-text">
        {/* In the order in which Tab goes: the bar, Run, then card after card. */}
        <TopBar save={autosave.state} />
        <TabStrip id={id} save={autosave.state} />
        <RunBar runs={runs} seconds={seconds} />
        {face === 'form' ? (
          <FormFace />
        ) : (
          <>
            <Canvas />
            <EmptyCanvas />
          </>
        )}
        <Drawer graphId={id} autosave={autosave} />
        <ConflictBar autosave={autosave} />
        <Palette />
        <CommandPalette />
        <Suspense>
          <ReproduceBar graphId={id} />
          <Viewer />
          <HelpDialog />
          <PresetsDialog />
          <MissingModels />
        </Suspense>
      </main>
    </DoingProvider>
  );
}

function Hotkeys() {
  useHotkeys();
  return null;
}

/** `?undo=<version>`: the graph was just changed on another page, and Undo leads back to what it was. */
function useWayBack(id: string, editor: Editor): void {
  useEffect(() => {
    const version = Number(new URLSearchParams(window.location.search).get('undo'));
    if (!version) return;
    window.history.replaceState(null, '', window.location.pathname);
    api.graphs.get
      .query({ id, version })
      .then(({ graph }) =>
        editor.setState(({ history }) => ({ history: { ...history, past: [graph, ...history.past] } })),
      )
      .catch((error: unknown) => console.error('The way back could not be laid:', said(error)));
  }, [id, editor]);
}

function Opening() {
  return (
    <main className="fixed inset-0 flex items-center justify-center" aria-busy="true" aria-label="Opening the graph">
      <div className="flex gap-16">
        {[150, 220, 130].map((height) => (
          <div
            key={height}
            className="shimmer w-[230px] self-center rounded-2xl border border-line-strong max-[900px]:w-[120px]"
            style={{ height }}
          />
        ))}
      </div>
    </main>
  );
}

function Sorry({ id, says, onRetry }: { id: string; says: string; onRetry(): void }) {
  // What cannot be opened is no open tab.
  useEffect(() => useTabs.getState().close(id), [id]);
  return (
    <main className="fixed inset-0 flex flex-col items-center justify-center gap-3 px-6 text-center">
      <h1 className="text-[19px] font-semibold tracking-tight">This graph could not be opened</h1>
      <p className="max-w-[420px] text-ink-2">{says}</p>
      <div className="mt-2 flex gap-2">
        <button type="button" className="text-button" onClick={onRetry}>
          Try again
        </button>
        <Link className="text-button" href="/library">
          Library
        </Link>
      </div>
    </main>
  );
}

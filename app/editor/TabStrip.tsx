'use client';
import { useQuery } from '@tanstack/react-query';
import { LoaderCircle, X } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type MouseEvent, useEffect } from 'react';
import { api } from '../api-client';
import { useEditor } from './EditorContext';
import { changeTo, letGo } from './state/open-editors';
import { hasDraft, type SaveState } from './state/save-state';
import { neighbour, useTabs } from './state/tabs';

/** Closes a tab; the open one gives way to its neighbour, the last one to the library. */
export function useCloseTab(): (id: string) => void {
  const router = useRouter();
  return (id) => {
    const { tabs, close } = useTabs.getState();
    const isOpen = window.location.pathname === `/graph/${id}`;
    const next = neighbour(tabs, id);
    close(id);
    letGo(id);
    if (!isOpen) return;
    if (next) changeTo(next);
    else router.push('/library');
  };
}

/** The graphs open in this window, below the name; nothing while there is only one. */
export function TabStrip({ id, save }: { id: string; save: SaveState }) {
  const tabs = useTabs((state) => state.tabs);
  const name = useEditor((state) => state.root.name);
  const closeTab = useCloseTab();
  useEffect(() => useTabs.getState().show(id, name), [id, name]);
  const { data: line } = useQuery({
    queryKey: ['runs', 'queue'],
    queryFn: () => api.runs.queue.query(),
    refetchInterval: 5000,
    enabled: tabs.length > 1,
  });
  if (tabs.length < 2) return null;
  const close = (event: MouseEvent, tab: string) => {
    event.preventDefault();
    event.stopPropagation();
    closeTab(tab);
  };
  return (
    <div
      role="tablist"
      aria-label="Open graphs"
      className="absolute top-[62px] max-[640px]:top-[114px] left-3 z-20 flex max-w-[calc(100vw-24px)] gap-1 overflow-x-auto [scrollbar-width:none]"
    >
      {tabs.map((tab) => {
        const isOpen = tab.id === id;
        const isAtWork = line?.some((run) => run.graphId === tab.id) ?? false;
        const isUnsaved = isOpen ? save.is !== 'saved' : hasDraft(tab.id);
        return (
          <div
            key={tab.id}
            className={`floating group flex h-8 max-w-44 flex-none items-center rounded-[10px] pr-1 ${isOpen ? '!border-line-strong' : 'opacity-75 hover:opacity-100'}`}
          >
            <button
              type="button"
              role="tab"
              aria-selected={isOpen}
              className={`flex min-w-0 items-center gap-1.5 pl-2.5 text-[12px] ${isOpen ? 'font-medium text-ink' : 'text-ink-2'}`}
              onClick={() => !isOpen && changeTo(tab.id)}
              onMouseDown={(event) => event.button === 1 && event.preventDefault()}
              onAuxClick={(event) => event.button === 1 && close(event, tab.id)}
            >
              <span className="truncate">{tab.name || 'Untitled'}</span>
              {/* One place for both marks: nothing moves when they change. */}
              <span className="flex size-3 flex-none items-center justify-center">
                {isAtWork ? (
                  <LoaderCircle size={11} className="animate-spin text-accent-text" aria-label="running" />
                ) : isUnsaved ? (
                  <span role="img" aria-label="not saved yet" className="size-1.5 rounded-full bg-accent" />
                ) : null}
              </span>
            </button>
            <button
              type="button"
              className="flex size-5 flex-none items-center justify-center rounded-md text-ink-3 opacity-0 hover:bg-field-hover hover:text-ink group-hover:opacity-100 focus-visible:opacity-100"
              aria-label={`Put away ${tab.name || 'Untitled'}`}
              data-hint="Close this tab"
              onClick={(event) => close(event, tab.id)}
            >
              <X size={12} />
            </button>
          </div>
        );
      })}
    </div>
  );
}

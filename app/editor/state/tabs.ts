import { create } from 'zustand';

/** A graph that is open in this window. */
export interface Tab {
  id: string;
  name: string;
}

/** More than this many are a list, not tabs: the one opened first gives way. */
export const tabsAllowed = 12;
const place = 'skein.tabs';

interface Tabs {
  tabs: readonly Tab[];
  /** Adds a graph behind the others, or gives an open one its present name. */
  show(id: string, name: string): void;
  close(id: string): void;
}

/** Graphs that are open in this window, in their order. Kept over a reload; another window has its own. */
export const useTabs = create<Tabs>()((set, get) => {
  const keep = (tabs: readonly Tab[]) => {
    set({ tabs });
    sessionStorage.setItem(place, JSON.stringify(tabs));
  };
  return {
    tabs: recall(),
    show: (id, name) => {
      const { tabs } = get();
      const known = tabs.find((tab) => tab.id === id);
      if (known?.name === name) return;
      if (known) keep(tabs.map((tab) => (tab.id === id ? { id, name } : tab)));
      else keep([...tabs, { id, name }].slice(-tabsAllowed));
    },
    close: (id) => keep(get().tabs.filter((tab) => tab.id !== id)),
  };
});

/** Where closing the open tab leads: to the one behind it, else to the one before; null when it was the only one. */
export function neighbour(tabs: readonly Tab[], id: string): string | null {
  const at = tabs.findIndex((tab) => tab.id === id);
  return (tabs[at + 1] ?? tabs[at - 1])?.id ?? null;
}

/** The tab so many places on, round the ends. */
export function tabBeside(tabs: readonly Tab[], id: string, by: 1 | -1): string | null {
  const at = tabs.findIndex((tab) => tab.id === id);
  const next = tabs[(at + by + tabs.length) % tabs.length];
  return at < 0 || !next || next.id === id ? null : next.id;
}

function recall(): Tab[] {
  if (typeof sessionStorage === 'undefined') return [];
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(place) ?? '[]');
    return Array.isArray(found)
      ? found.filter((tab): tab is Tab => /^[0-9a-f]{32}$/.test(tab?.id) && typeof tab?.name === 'string')
      : [];
  } catch {
    return []; // An unreadable memory is no memory.
  }
}

import { create } from 'zustand';

/** What a seed does when Run is pressed: nothing, give way to a new one, or go up by one once it has run. */
export const seedModes = ['fixed', 'new', 'count'] as const;
export type SeedMode = (typeof seedModes)[number];

/** Seeds people left, newest last, and what each seed field does at a Run. By `node.param`; per graph. */
interface Seeds {
  graph: string;
  left: Readonly<Record<string, readonly number[]>>;
  modes: Readonly<Record<string, SeedMode>>;
  /** Takes what this browser remembers of a graph. */
  recall(graph: string): void;
  leave(key: string, seed: number): void;
  /** The last seed left, taken off the list. */
  back(key: string): number | undefined;
  setMode(key: string, mode: SeedMode): void;
}

const kept = 100;
const place = (graph: string) => `skein.seeds.${graph}`;

export const useSeeds = create<Seeds>()((set, get) => {
  const remember = (patch: Partial<Pick<Seeds, 'left' | 'modes'>>) => {
    set(patch);
    const { graph, left, modes } = get();
    if (graph) localStorage.setItem(place(graph), JSON.stringify({ left, modes }));
  };
  return {
    graph: '',
    left: {},
    modes: {},
    recall: (graph) => {
      let found: Partial<Seeds> & { loose?: Record<string, boolean> } = {};
      try {
        found = JSON.parse(localStorage.getItem(place(graph)) ?? '{}');
      } catch {
        // An unreadable memory is no memory.
      }
      // Before there were modes, a lock was open or shut.
      const loose = Object.entries(found.loose ?? {}).flatMap(([key, is]) => (is ? [[key, 'new' as const]] : []));
      set({ graph, left: found.left ?? {}, modes: found.modes ?? Object.fromEntries(loose) });
    },
    leave: (key, seed) => remember({ left: { ...get().left, [key]: [...(get().left[key] ?? []), seed].slice(-kept) } }),
    back: (key) => {
      const list = get().left[key] ?? [];
      remember({ left: { ...get().left, [key]: list.slice(0, -1) } });
      return list.at(-1);
    },
    setMode: (key, mode) => remember({ modes: { ...get().modes, [key]: mode } }),
  };
});

/** Seeds end here: JavaScript counts exactly up to it. */
const most = Number.MAX_SAFE_INTEGER;

/**
 * The seed a press of Run takes, by what the field does. It is put on the card before the run begins: what is shown is what
 * runs. `hasRun`: this very seed ran last time; one that has not is counted from, not past.
 */
export function nextSeed(mode: SeedMode, seed: number, hasRun: boolean): number {
  if (mode === 'new') return freshSeed();
  if (mode === 'count' && hasRun) return seed >= most ? 0 : seed + 1;
  return seed;
}

/** A seed from the browser's own randomness, short enough to be read out. */
export function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

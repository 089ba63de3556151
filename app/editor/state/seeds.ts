import { create } from 'zustand';

/** Seeds people left, newest last, and which seed fields throw a new one at every Run. By `node.param`; per graph. */
interface Seeds {
  graph: string;
  left: Readonly<Record<string, readonly number[]>>;
  loose: Readonly<Record<string, boolean>>;
  /** Takes what this browser remembers of a graph. */
  recall(graph: string): void;
  leave(key: string, seed: number): void;
  /** The last seed left, taken off the list. */
  back(key: string): number | undefined;
  setLoose(key: string, loose: boolean): void;
}

const kept = 100;
const place = (graph: string) => `skein.seeds.${graph}`;

export const useSeeds = create<Seeds>()((set, get) => {
  const remember = (patch: Partial<Pick<Seeds, 'left' | 'loose'>>) => {
    set(patch);
    const { graph, left, loose } = get();
    if (graph) localStorage.setItem(place(graph), JSON.stringify({ left, loose }));
  };
  return {
    graph: '',
    left: {},
    loose: {},
    recall: (graph) => {
      let found: Partial<Seeds> = {};
      try {
        found = JSON.parse(localStorage.getItem(place(graph)) ?? '{}');
      } catch {
        // An unreadable memory is no memory.
      }
      set({ graph, left: found.left ?? {}, loose: found.loose ?? {} });
    },
    leave: (key, seed) => remember({ left: { ...get().left, [key]: [...(get().left[key] ?? []), seed].slice(-kept) } }),
    back: (key) => {
      const list = get().left[key] ?? [];
      remember({ left: { ...get().left, [key]: list.slice(0, -1) } });
      return list.at(-1);
    },
    setLoose: (key, loose) => remember({ loose: { ...get().loose, [key]: loose } }),
  };
});

/** A seed from the browser's own randomness, short enough to be read out. */
export function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

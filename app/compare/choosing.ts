'use client';
import { useRouter } from 'next/navigation';
import { create } from 'zustand';
import { compareUrl } from './compare-url';

/** The first of two that will be compared: chosen on one page, it may meet the second on another. */
interface Choosing {
  first: { id: string; name: string } | null;
  set(first: Choosing['first']): void;
}
export const useChoosing = create<Choosing>()((set) => ({
  first: null,
  set: (first) => set({ first }),
}));

/** Chooses a file as the first; or, when there is one already, compares both. The first once more: none is. */
export function useChoose() {
  const router = useRouter();
  return (asset: { id: string; name: string }) => {
    const { first, set } = useChoosing.getState();
    if (!first) return set({ id: asset.id, name: asset.name });
    set(null);
    if (first.id !== asset.id) router.push(compareUrl(first.id, asset.id));
  };
}

import { create } from 'zustand';

/** Whether the dialog about models that are not here is open. */
export const useSeeking = create<{ isOpen: boolean; setOpen(isOpen: boolean): void }>()((set) => ({
  isOpen: false,
  setOpen: (isOpen) => set({ isOpen }),
}));

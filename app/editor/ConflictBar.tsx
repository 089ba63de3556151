'use client';
import { GitFork } from 'lucide-react';
import { useTabs } from './state/tabs';
import type { Autosave } from './use-autosave';

/** Two tabs saved one graph. Both are kept; here the person says which one goes on. */
export function ConflictBar({ autosave }: { autosave: Autosave }) {
  const { state, settle } = autosave;
  const hasTabs = useTabs(({ tabs }) => tabs.length > 1);
  if (state.is !== 'conflict') return null;
  return (
    <div
      role="alertdialog"
      aria-label="Saved in two places"
      className={`floating absolute inset-x-3 z-30 mx-auto flex w-fit animate-rise flex-wrap items-center gap-x-4 gap-y-3 rounded-2xl p-3 pl-4 ${hasTabs ? 'top-[108px] max-[640px]:top-[160px]' : 'top-[68px] max-[640px]:top-[120px]'}`}
    >
      <GitFork size={18} className="flex-none text-accent-text" aria-hidden />
      <p className="max-w-[420px] min-w-[220px] flex-1 text-[12.5px] leading-snug">
        <span className="block font-semibold">This graph was also changed in another tab.</span>
        <span className="text-ink-2">
          Both are kept: theirs is version {state.current}, yours {state.kept}. Which one goes on?
        </span>
      </p>
      <button type="button" className="text-button" onClick={() => settle('theirs')}>
        Open theirs
      </button>
      <button
        type="button"
        className="text-button !border-transparent !bg-accent !text-accent-ink"
        onClick={() => settle('mine')}
      >
        Go on with mine
      </button>
    </div>
  );
}

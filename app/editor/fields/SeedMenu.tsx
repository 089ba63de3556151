'use client';
import { useQuery } from '@tanstack/react-query';
import { ArrowUp01, Check, Lock, LockOpen, type LucideIcon } from 'lucide-react';
import { Popover } from 'radix-ui';
import { api } from '../../api-client';
import { Thumb } from '../../Thumb';
import { useEditor } from '../EditorContext';
import { sayAgo } from '../state/facts-line';
import { prefixOf } from '../state/page-view';
import { type SeedMode, seedModes, useSeeds } from '../state/seeds';

const modes: Record<SeedMode, { says: string; more: string; Icon: LucideIcon }> = {
  fixed: { says: 'This seed stays', more: 'Every run makes the same.', Icon: Lock },
  new: {
    says: 'A new seed at every run',
    more: 'Thrown before it begins: what is shown is what runs.',
    Icon: LockOpen,
  },
  count: { says: 'Count up', more: 'One more at every run, once this one has run.', Icon: ArrowUp01 },
};

/** What a seed does at Run, and the seeds that have run, to take one back. */
export function SeedMenu(props: { node: string; param: string; seed: number; onTake(seed: number): void }) {
  const { node, param, seed, onTake } = props;
  const isInside = useEditor((state) => prefixOf(state) !== '');
  const key = `${node}.${param}`;
  const mode = useSeeds((state) => state.modes[key]) ?? 'fixed';
  const { says, Icon } = modes[mode];
  // Inside a component a seed belongs to all cards made of it: what one run does must not change them.
  if (isInside) return null;
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={`Seed: ${says}`}
        data-hint={`${says}. Press for other ways, and for the seeds that ran.`}
        className="flex h-full w-6 items-center justify-center text-ink-3 transition-colors last:rounded-r-lg hover:text-ink"
      >
        <Icon size={12} className={mode === 'fixed' ? '' : 'text-accent-text'} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          className="floating z-50 w-64 animate-fade rounded-xl p-1.5 text-[12.5px]"
        >
          <div role="radiogroup" aria-label="What the seed does at Run">
            {seedModes.map((name) => (
              // biome-ignore lint/a11y/useSemanticElements: a row with a sentence of its own, drawn as the menus are
              <button
                key={name}
                type="button"
                role="radio"
                aria-checked={mode === name}
                className="flex w-full items-start gap-2 rounded-lg px-2 py-1.5 text-left hover:bg-field-hover"
                onClick={() => useSeeds.getState().setMode(key, name)}
              >
                <Check size={14} className={`mt-0.5 flex-none ${mode === name ? 'text-accent-text' : 'invisible'}`} />
                <span>
                  <span className="block font-medium">{modes[name].says}</span>
                  <span className="block text-[11px] leading-snug text-ink-3">{modes[name].more}</span>
                </span>
              </button>
            ))}
          </div>
          <UsedSeeds node={node} param={param} seed={seed} onTake={onTake} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function UsedSeeds(props: { node: string; param: string; seed: number; onTake(seed: number): void }) {
  const { node, param, seed, onTake } = props;
  const graphId = useSeeds((state) => state.graph);
  const { data } = useQuery({
    queryKey: ['runs', 'seeds', graphId, node, param],
    queryFn: () => api.runs.seeds.query({ graphId, node, param }),
    enabled: graphId !== '',
  });
  if (!data?.length) return null;
  return (
    <div className="mt-1.5 border-t border-line pt-1.5">
      <p className="px-2 py-1 text-[11px] font-semibold text-ink-3">Seeds that ran</p>
      <ul className="max-h-56 overflow-y-auto">
        {data.map(({ seed: used, runId, at, asset }) => (
          <li key={runId}>
            <button
              type="button"
              className="flex w-full items-center gap-2.5 rounded-lg px-2 py-1 text-left hover:bg-field-hover"
              onClick={() => onTake(used)}
            >
              <span className="size-8 flex-none overflow-hidden rounded-md bg-field">
                {asset && <Thumb asset={asset} />}
              </span>
              <span className="number flex-1 truncate">{used}</span>
              <span className="text-[11px] text-ink-3">
                {used === seed ? 'shown' : sayAgo(at.getTime(), Date.now())}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

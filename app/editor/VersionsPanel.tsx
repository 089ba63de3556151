'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { FileDown, GitCompare, Pencil, RotateCcw } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { toast } from 'sonner';
import { api } from '../api-client';
import { said } from '../said';
import { saveGraphFile } from '../save-file';
import { useEditorStore } from './EditorContext';
import { Quiet } from './Quiet';
import { sayAgo } from './state/facts-line';
import type { Autosave } from './use-autosave';
import { VersionDialog } from './VersionDialog';

const reasons: Record<string, string> = {
  save: 'Saved',
  restore: 'Restored',
  pick: 'Picked from a sweep',
  conflict: 'Kept beside: another tab was faster',
};

/** Everything this graph has been, by name or number. Going back makes a new version; nothing is overwritten. */
export function VersionsPanel({ graphId, autosave }: { graphId: string; autosave: Autosave }) {
  const queries = useQueryClient();
  const editor = useEditorStore();
  const [shown, setShown] = useState<number | null>(null);
  const [renamed, setRenamed] = useState<number | null>(null);
  const { data, error } = useQuery({
    queryKey: ['versions', graphId, autosave.state.is],
    queryFn: () => api.graphs.versions.query({ id: graphId }),
  });
  const restore = async (version: number) => {
    try {
      await autosave.save();
      const restored = await api.graphs.restore.mutate({ id: graphId, version });
      autosave.adopt(restored.version, restored.graph);
      await queries.invalidateQueries({ queryKey: ['versions'] });
      toast.success(`Version ${version} is open`, {
        description: 'What you had is in the history. Undo brings it back, too.',
      });
    } catch (failure) {
      toast.error('That did not work', { description: said(failure) });
    }
  };
  const call = async (version: number, name: string) => {
    setRenamed(null);
    if (name === (data?.find((one) => one.version === version)?.name ?? '')) return;
    try {
      await api.graphs.nameVersion.mutate({ id: graphId, version, name: name || null });
      await queries.invalidateQueries({ queryKey: ['versions'] });
    } catch (failure) {
      toast.error('That name was not kept', { description: said(failure) });
    }
  };
  const titleOf = (one: { version: number; name: string | null }) => one.name ?? `Version ${one.version}`;
  const open = data?.find(({ version }) => version === shown);
  if (error) return <Quiet>{said(error)}</Quiet>;
  if (!data) return null;
  return (
    <>
      <button
        type="button"
        className="text-button mb-2 w-full"
        onClick={() => saveGraphFile(editor.getState().root)}
        data-hint="Drop the file on any canvas, or give it to “npx skein run”."
      >
        <FileDown size={14} /> Save as file
      </button>
      <ol className="flex flex-col">
        {data.map(({ version, reason, name, savedAt }, index) => (
          <li key={version} className="group relative flex items-center gap-3 py-2 pl-6">
            {data.length > 1 && (
              <span
                aria-hidden
                className={`absolute top-0 left-[9px] w-px bg-line ${index === data.length - 1 ? 'h-1/2' : 'h-full'} ${index === 0 ? '!top-1/2 !h-1/2' : ''}`}
              />
            )}
            <span
              aria-hidden
              className={`absolute left-[5px] size-[9px] rounded-full border-2 ${index === 0 ? 'border-accent bg-accent' : reason === 'conflict' ? 'border-bad bg-surface' : 'border-line-strong bg-surface'}`}
            />
            <div className="min-w-0 flex-1">
              {renamed === version ? (
                <NameField name={name ?? ''} onDone={(given) => void call(version, given)} />
              ) : (
                <p className="truncate font-medium">
                  <span className="figures text-ink-3">{version}</span> {name ?? reasons[reason] ?? reason}
                </p>
              )}
              <p className="truncate text-[11px] text-ink-3">
                {name && `${reasons[reason] ?? reason} · `}
                {sayAgo(savedAt.getTime(), Date.now())}
              </p>
            </div>
            <div className="flex flex-none opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
              <Small says={`Name version ${version}`} onClick={() => setRenamed(version)}>
                <Pencil size={13} />
              </Small>
              {index > 0 && (
                <>
                  <Small says={`What differs from version ${version}`} onClick={() => setShown(version)}>
                    <GitCompare size={13} />
                  </Small>
                  <Small says={`Go back to version ${version}`} onClick={() => void restore(version)}>
                    <RotateCcw size={13} />
                  </Small>
                </>
              )}
            </div>
          </li>
        ))}
      </ol>
      {open && (
        <VersionDialog
          graphId={graphId}
          version={open.version}
          title={titleOf(open)}
          onRestore={() => void restore(open.version)}
          close={() => setShown(null)}
        />
      )}
    </>
  );
}

function Small({ says, onClick, children }: { says: string; onClick(): void; children: ReactNode }) {
  return (
    <button type="button" className="icon-button !size-7" aria-label={says} data-hint={says} onClick={onClick}>
      {children}
    </button>
  );
}

function NameField({ name, onDone }: { name: string; onDone(name: string): void }) {
  const [draft, setDraft] = useState(name);
  return (
    <input
      // biome-ignore lint/a11y/noAutofocus: it appears where the person has just chosen to name
      autoFocus
      aria-label="Name of this version"
      placeholder="Before the new prompt"
      className="w-full rounded bg-field px-1 font-medium outline-none"
      value={draft}
      maxLength={80}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => onDone(draft.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') onDone(name);
      }}
    />
  );
}

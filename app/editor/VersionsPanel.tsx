'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { FileDown, RotateCcw } from 'lucide-react';
import { toast } from 'sonner';
import { api } from '../api-client';
import { said } from '../said';
import { saveGraphFile } from '../save-file';
import { useEditorStore } from './EditorContext';
import { Quiet } from './Quiet';
import { sayAgo } from './state/facts-line';
import type { Autosave } from './use-autosave';

const reasons: Record<string, string> = {
  save: 'Saved',
  restore: 'Restored',
  pick: 'Picked from a sweep',
  conflict: 'Kept beside: another tab was faster',
};

/** Everything this graph has been. Going back makes a new version; nothing is overwritten. */
export function VersionsPanel({ graphId, autosave }: { graphId: string; autosave: Autosave }) {
  const queries = useQueryClient();
  const editor = useEditorStore();
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
        {data.map(({ version, reason, savedAt }, index) => (
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
              <p className="font-medium">
                <span className="figures text-ink-3">{version}</span> {reasons[reason] ?? reason}
              </p>
              <p className="text-[11px] text-ink-3">{sayAgo(savedAt.getTime(), Date.now())}</p>
            </div>
            {index > 0 && (
              <button
                type="button"
                className="text-button !h-7 !px-2 text-[12px] opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
                onClick={() => restore(version)}
              >
                <RotateCcw size={12} /> Go back
              </button>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

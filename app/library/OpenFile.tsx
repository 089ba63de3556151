'use client';
import { FolderOpen } from 'lucide-react';
import { useRef } from 'react';
import { toast } from 'sonner';
import type { Graph } from '../../nodes/graph';
import type { Expected } from '../editor/state/expected';
import { expectedOf, graphIn, whereFrom } from '../editor/use-drops';

/** Opens a graph from a file: JSON of Skein or ComfyUI, or a film or picture that has one inside. */
export function OpenFile({ onOpen }: { onOpen: (graph: Graph, says: string, expected?: Expected) => Promise<void> }) {
  const chooser = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined) => {
    if (!file) return;
    const found = await graphIn(file);
    if (found.graph) await onOpen(found.graph, whereFrom(file, found), await expectedOf(file, found));
    else toast.error('Nothing to open', { description: found.problem });
  };
  return (
    <>
      <input
        ref={chooser}
        type="file"
        className="hidden"
        aria-label="Graph file"
        accept=".json,application/json,video/mp4,video/webm,image/webp,image/png,image/gif"
        onChange={(event) => {
          void take(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      <button
        type="button"
        className="text-button !h-9"
        data-hint="Open a graph from a file: one saved here, a ComfyUI workflow, or a film that has one inside"
        onClick={() => chooser.current?.click()}
      >
        <FolderOpen size={15} /> <span className="max-[700px]:hidden">Open file</span>
      </button>
    </>
  );
}

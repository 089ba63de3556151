'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { useEffect } from 'react';
import { toast } from 'sonner';
import { missingModels } from '../../nodes/named-models';
import { api } from '../api-client';
import { useDownloads } from '../models/use-downloads';
import { Sheet } from '../Sheet';
import { useEditor, useEditorStore } from './EditorContext';
import { MissingModel } from './MissingModel';
import { useSeeking } from './state/seeking';

/** Opens with a graph that names models which are not here: for each the ways to come by it, or by another. */
export function MissingModels() {
  const editor = useEditorStore();
  const { isOpen, setOpen } = useSeeking();
  useEffect(() => {
    const { root: graph, models } = editor.getState();
    setOpen(missingModels(graph, models).length > 0);
    return () => setOpen(false);
  }, [editor, setOpen]);
  if (!isOpen) return null;
  return <OpenDialog onClose={() => setOpen(false)} />;
}

function OpenDialog({ onClose }: { onClose(): void }) {
  const queries = useQueryClient();
  const graph = useEditor((state) => state.root);
  const models = useEditor((state) => state.models);
  const missing = missingModels(graph, models);
  const downloads = useDownloads();
  const { data: remembered } = useQuery({
    queryKey: ['sources', ...missing.map(({ model }) => model)],
    queryFn: () => api.models.sources.query({ ids: missing.map(({ model }) => model) }),
    enabled: missing.length > 0,
  });
  // What has just come is asked for at once.
  const arrived = downloads.filter(({ state }) => state === 'done').length;
  useEffect(() => {
    if (arrived) void queries.invalidateQueries({ queryKey: ['models'] });
  }, [arrived, queries]);
  const isAllHere = missing.length === 0;
  useEffect(() => {
    if (!isAllHere) return;
    toast.success('Every model of this graph is here', { description: 'It can run now.' });
    onClose();
  }, [isAllHere, onClose]);
  const many = missing.length > 1;
  return (
    <Sheet
      title={many ? `${missing.length} models of this graph are not here` : 'A model of this graph is not here'}
      says="The graph is open and nothing of it is lost; it cannot run before this is settled."
      wide={620}
      open
      onClose={onClose}
    >
      <div className="flex flex-col gap-4">
        {missing.map((one) => (
          <MissingModel
            key={one.model}
            missing={one}
            source={graph.sources?.find(({ model }) => model === one.model) ?? remembered?.[one.model]}
            downloads={downloads}
          />
        ))}
        <div className="flex items-center justify-between gap-3 pt-1">
          <Link href="/library#models" className="rounded text-[12px] text-ink-2 underline underline-offset-[3px]">
            Manage models
          </Link>
          <button type="button" className="text-button" onClick={onClose}>
            Leave as it is
          </button>
        </div>
      </div>
    </Sheet>
  );
}

'use client';
import { useQuery } from '@tanstack/react-query';
import { GitBranch, RotateCcw, X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { api } from '../api-client';
import { GraphDifference } from '../GraphDifference';
import { said } from '../said';
import { useEditorStore } from './EditorContext';
import { Quiet } from './Quiet';
import { useOpenGraph } from './use-drops';

/** What a version of the graph was, held against the canvas as it is now. */
export function VersionDialog(props: {
  graphId: string;
  version: number;
  title: string;
  onRestore(): void;
  close(): void;
}) {
  const { graphId, version, title, close } = props;
  const editor = useEditorStore();
  const openGraph = useOpenGraph();
  const { data, error } = useQuery({
    queryKey: ['versions', graphId, 'one', version],
    queryFn: () => api.graphs.get.query({ id: graphId, version }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade bg-black/50" />
        <Dialog.Content
          aria-describedby={undefined}
          className="floating fixed top-1/2 left-1/2 z-50 flex max-h-[88vh] w-[min(760px,calc(100vw-32px))] -translate-x-1/2 -translate-y-1/2 animate-fade flex-col overflow-hidden rounded-3xl outline-none"
        >
          <header className="px-7 pt-6 pb-4">
            <Dialog.Title className="pr-10 text-[17px] font-semibold tracking-tight">{title}</Dialog.Title>
            <p className="text-[12px] text-ink-3">What has changed from then to the canvas now</p>
          </header>
          <div className="min-h-[120px] overflow-y-auto px-7 pb-5">
            {error ? (
              <Quiet>{said(error)}</Quiet>
            ) : data ? (
              <GraphDifference before={data.graph} after={editor.getState().root} />
            ) : (
              <div className="shimmer h-[300px] rounded-2xl border border-line" />
            )}
          </div>
          <footer className="flex flex-wrap gap-2 border-t border-line px-7 py-4">
            <button
              type="button"
              className="text-button"
              onClick={() => {
                props.onRestore();
                close();
              }}
            >
              <RotateCcw size={13} /> Go back to it
            </button>
            <button
              type="button"
              className="text-button"
              disabled={!data}
              onClick={() => data && void openGraph(data.graph, `As it was: ${title}`)}
            >
              <GitBranch size={14} /> Open as a graph of its own
            </button>
          </footer>
          <Dialog.Close className="icon-button !absolute top-5 right-5" aria-label="Close">
            <X size={16} />
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

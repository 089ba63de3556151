'use client';
import { useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight, Columns2, Download, GitBranch, X } from 'lucide-react';
import Link from 'next/link';
import { Dialog } from 'radix-ui';
import { api, assetUrl } from '../api-client';
import { compareUrl } from '../compare/compare-url';
import { expectedOfRun } from './state/expected';
import { sayBytes } from './state/facts-line';
import { useUi } from './state/ui-store';
import { useOpenGraph } from './use-drops';

const steps = [
  { by: -1, says: 'The one before', Icon: ChevronLeft },
  { by: 1, says: 'The next one', Icon: ChevronRight },
];

/** A result, as large as the window allows, with the way back to the graph that made it. */
export function Viewer() {
  const { viewer, among, view } = useUi();
  const beside = useBeside();
  return (
    <Dialog.Root open={viewer !== null} onOpenChange={(open) => !open && view(null)}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade bg-black/75 backdrop-blur-sm" />
        <Dialog.Content
          className="fixed inset-0 z-50 flex animate-fade flex-col items-center justify-center gap-4 p-6 outline-none"
          aria-describedby={undefined}
          onPointerDown={(event) => event.target === event.currentTarget && view(null)}
          // Before the film takes them for itself: they lead from result to result, in a short film from end to end.
          onKeyDownCapture={(event) => {
            const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            const next = by && beside(by);
            if (!next) return;
            event.preventDefault();
            view(next, among);
          }}
        >
          {viewer && <Shown key={viewer.asset} />}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** What lies so far from the file on show, among those it was opened with. */
function useBeside() {
  const { viewer, among } = useUi();
  const here = among.findIndex(({ asset }) => asset === viewer?.asset);
  return (by: number) => (here < 0 ? undefined : among[here + by]);
}

function Shown() {
  const { viewer, among, view } = useUi();
  const beside = useBeside();
  const openGraph = useOpenGraph();
  const id = viewer?.asset ?? '';
  const { data: asset } = useQuery({
    queryKey: ['asset-of', id],
    queryFn: () => api.assets.get.query({ id }),
    retry: false,
  });
  const runId = asset?.runId ?? viewer?.run;
  if (!viewer) return null;
  const url = assetUrl(viewer.asset);
  const width = viewer.width ?? asset?.width ?? 1;
  const height = viewer.height ?? asset?.height ?? 1;
  // Small clips are shown at several times their size, softly; large ones as they are.
  const box = {
    width: `min(92vw, calc((100vh - 150px) * ${width / height}), ${Math.max(1, width) >= 640 ? `${width}px` : '720px'})`,
    aspectRatio: `${width} / ${height}`,
  };
  const behind = async () => {
    if (!runId) return;
    const found = await api.runs.get.query({ runId });
    view(null);
    const expected = expectedOfRun(found, { name: viewer.name, sha256: asset?.sha256 });
    await openGraph(found.graph, `As it was when ${viewer.name} was made`, expected);
  };
  const facts = [
    `${width} × ${height}`,
    asset?.frames ? `${asset.frames} frames` : '',
    asset?.seconds ? `${asset.seconds.toFixed(1)} s` : '',
    asset ? sayBytes(asset.bytes) : '',
  ];
  return (
    <>
      {viewer.mime.startsWith('video/') ? (
        // biome-ignore lint/a11y/useMediaCaption: films made here have no sound
        <video
          src={url}
          // Seen in the list a moment ago, so it is there at once.
          poster={`${url}?thumb=1`}
          aria-label={viewer.name}
          autoPlay
          loop
          controls
          playsInline
          className="rounded-xl bg-black object-contain shadow-float"
          style={box}
        />
      ) : (
        // biome-ignore lint/performance/noImgElement: served by ourselves; an optimizer would break animation
        <img src={url} alt={viewer.name} className="rounded-xl bg-black object-contain shadow-float" style={box} />
      )}
      <div className="floating flex max-w-full items-center gap-2 rounded-2xl py-1.5 pr-1.5 pl-4">
        {among.length > 1 && (
          <span className="-ml-2.5 flex flex-none items-center">
            {steps.map(({ by, says, Icon }) => {
              const next = beside(by);
              return (
                <button
                  key={by}
                  type="button"
                  className="icon-button aria-disabled:opacity-35"
                  aria-label={says}
                  // The keyboard stays on it at the end of the line.
                  aria-disabled={!next}
                  onClick={() => next && view(next, among)}
                >
                  <Icon size={17} />
                </button>
              );
            })}
          </span>
        )}
        <Dialog.Title className="min-w-0 truncate font-medium">{viewer.name}</Dialog.Title>
        <span className="figures mr-2 truncate text-[11px] text-ink-3 max-[800px]:hidden">
          {facts.filter(Boolean).join(' · ')}
        </span>
        {runId && (
          <button type="button" className="text-button" onClick={behind}>
            <GitBranch size={14} /> Open its graph
          </button>
        )}
        <Link className="text-button" href={compareUrl(viewer.asset)} onClick={() => view(null)}>
          <Columns2 size={14} /> Compare
        </Link>
        <a className="text-button" href={`${url}?download=1`} download={viewer.name}>
          <Download size={14} /> Download
        </a>
        <Dialog.Close className="icon-button" aria-label="Close">
          <X size={16} />
        </Dialog.Close>
      </div>
    </>
  );
}

'use client';
import { Columns2, Download, FileBox, Maximize2 } from 'lucide-react';
import Link from 'next/link';
import { type ComponentProps, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { OutputSummary } from '../../nodes/events';
import { assetUrl } from '../api-client';
import { compareUrl } from '../compare/compare-url';
import { useEditor } from './EditorContext';
import { Film } from './Film';
import { MeasuresView } from './MeasuresView';
import { Denoising } from './StepScrubber';
import { sayBytes } from './state/facts-line';
import { type Shown, shownOn } from './state/shown-outputs';
import { useUi } from './state/ui-store';

/** What a node has to show: the clip as it takes shape, or the finished file. */
export function CardMedia({ node }: { node: string }) {
  const { outputs, from } = useEditor(useShallow((state) => shownOn(node, state) ?? nothing));
  const file = Object.values(outputs).find((output) => output.file?.asset);
  if (file?.file?.asset) return <FileView output={file} from={from} />;
  const measured = Object.values(outputs).find(({ kind }) => kind === 'measures');
  if (measured) return <MeasuresView facts={measured.facts} isStale={from === 'before'} />;
  return <Denoising node={node} />;
}

const nothing: Shown = { outputs: {}, from: 'run' };

function FileView({ output, from }: { output: OutputSummary; from: Shown['from'] }) {
  const { file, facts } = output;
  const view = useUi((state) => state.view);
  if (!file?.asset) return null;
  const url = assetUrl(file.asset);
  const width = Number(facts['width']) || undefined;
  const height = Number(facts['height']) || undefined;
  const shape = width && height ? { aspectRatio: `${width} / ${height}` } : undefined;
  const open = () => file.asset && view({ asset: file.asset, name: file.name, mime: file.mime, width, height });
  const isMoving = file.mime.startsWith('video/');
  const isPicture = file.mime.startsWith('image/');
  return (
    <div
      className="nodrag group relative mx-3 mb-3 cursor-default overflow-hidden rounded-lg bg-field"
      data-testid="result"
    >
      <Origin from={from} />
      {isMoving && <Films url={url} shape={shape} frames={Number(facts['count']) || undefined} onOpen={open} />}
      {isPicture && (
        <button type="button" className="block w-full" aria-label="Open large" onClick={open}>
          {/* biome-ignore lint/performance/noImgElement: served by ourselves; an optimizer would break animation */}
          <img src={url} alt={file.name} className="block w-full" style={shape} />
        </button>
      )}
      {!isMoving && !isPicture && (
        <div className="flex items-center gap-2 px-3 py-4 text-[12px] text-ink-2">
          <FileBox size={16} aria-hidden /> <span className="truncate">{file.name}</span>
        </div>
      )}
      <div className="flex items-center gap-1 py-1 pr-1 pl-2.5 text-[11px] text-ink-3">
        <span className="figures mr-1 min-w-0 flex-1 truncate">{details(output)}</span>
        <a
          href={`${url}?download=1`}
          download={file.name}
          aria-label="Download"
          data-hint="Download"
          className="flex size-6 items-center justify-center rounded-md hover:bg-fill hover:text-ink"
        >
          <Download size={13} />
        </a>
        {(isMoving || isPicture) && (
          <Link
            href={compareUrl(file.asset)}
            aria-label="Compare with …"
            data-hint="Compare with …"
            className="flex size-6 items-center justify-center rounded-md opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 hover:bg-fill hover:text-ink"
          >
            <Columns2 size={13} />
          </Link>
        )}
        {(isMoving || isPicture) && (
          <button
            type="button"
            aria-label="Open large"
            data-hint="Open large"
            className="flex size-6 items-center justify-center rounded-md hover:bg-fill hover:text-ink"
            onClick={open}
          >
            <Maximize2 size={13} />
          </button>
        )}
      </div>
    </div>
  );
}

/** The newest film; the one before it stays until that can be seen, so that no card goes black between them. */
function Films(props: ComponentProps<typeof Film>) {
  const { url } = props;
  const [seen, setSeen] = useState(props);
  const isThere = seen.url === url;
  return (
    <>
      {!isThere && <Film key={seen.url} {...seen} />}
      <Film key={url} {...props} isWaiting={!isThere} onReady={() => !isThere && setSeen(props)} />
    </>
  );
}

const origins = {
  cache: { says: 'from the cache', hint: 'This was made before: it is what Run would give.' },
  before: { says: 'from before', hint: 'The graph has changed since. Run makes it anew.' },
};

/** Over the picture rather than beside its figures: a card is narrow. */
function Origin({ from }: Pick<Shown, 'from'>) {
  if (from === 'run') return null;
  const { says, hint } = origins[from];
  return (
    <span
      data-hint={hint}
      data-testid="origin"
      className="absolute top-1.5 left-1.5 z-10 rounded-md bg-black/55 px-1.5 py-px text-[10.5px] text-white backdrop-blur-sm"
    >
      {says}
    </span>
  );
}

function details({ facts, file }: OutputSummary): string {
  const parts = [
    facts['width'] && facts['height'] ? `${facts['width']}×${facts['height']}` : '',
    facts['seconds'] ? `${Number(facts['seconds']).toFixed(1)} s` : '',
    file ? sayBytes(file.bytes) : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

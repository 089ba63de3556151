'use client';
import { Check, CircleAlert, CircleSlash, Columns2, Maximize2, RotateCcw, Trophy } from 'lucide-react';
import { type LaidOut, sayCell } from '../../nodes/sweep-cells';
import { assetUrl } from '../api-client';
import { useChoose, useChoosing } from '../compare/choosing';
import { saySeconds } from '../editor/state/facts-line';
import type { Clock } from '../player/clock';
import { SyncedFilm } from '../player/SyncedFilm';
import type { CellOf, Doing } from './use-sweep';

interface Props {
  laid: LaidOut;
  index: number;
  /** Absent for a cell that was left out. */
  cell?: CellOf;
  clock: Clock;
  doing?: Doing;
  isPicked: boolean;
  onOpen(): void;
  onPick(): void;
  onRetry(): void;
}

/** One cell: its film, or why there is none yet. */
export function CellView({ laid, index, cell, clock, doing, isPicked, onOpen, onPick, onRetry }: Props) {
  const at = laid.cells.find((one) => one.index === index);
  const name = at ? sayCell(laid, at) : 'Left out';
  const choose = useChoose();
  const shown = cell?.assets[0]?.id;
  const isFirst = useChoosing(({ first }) => first !== null && first.id === shown);
  if (!cell || !at)
    return <div className="size-full rounded-lg border border-dashed border-line" data-hint="Left out" />;
  const [asset] = cell.assets;
  const ring = isFirst
    ? 'outline-2 outline-[var(--kind-frames)] outline'
    : isPicked
      ? 'outline-2 outline-accent outline'
      : '';
  return (
    <figure
      className={`group/cell relative m-0 size-full overflow-hidden rounded-lg bg-field ${ring}`}
      aria-label={name}
      data-cell={index}
      data-state={cell.state}
    >
      {asset?.kind === 'video' && /^video\//.test(asset.mime) ? (
        <SyncedFilm
          clock={clock}
          url={assetUrl(asset.id)}
          fps={asset.frames && asset.seconds ? asset.frames / asset.seconds : 8}
        />
      ) : asset?.mime.startsWith('image/') ? (
        // biome-ignore lint/performance/noImgElement: served by ourselves; an optimizer would break animation
        <img src={assetUrl(asset.id)} alt="" className="size-full object-contain [image-rendering:auto]" />
      ) : (
        <State cell={cell} doing={doing} onRetry={onRetry} />
      )}
      {asset && (
        <figcaption className="absolute inset-x-0 bottom-0 flex items-center gap-0.5 bg-linear-to-t from-black/70 to-transparent px-1 pt-6 pb-1 text-[11px] text-white opacity-0 transition-opacity group-focus-within/cell:opacity-100 group-hover/cell:opacity-100">
          <span className="figures min-w-0 flex-1 truncate pl-1">
            {cell.ran ? saySeconds(cell.seconds ?? 0) : 'cached'}
          </span>
          <Tiny label="Enlarge" onClick={onOpen}>
            <Maximize2 size={12} />
          </Tiny>
          <Tiny label={`Compare ${name}`} hint="Compare: choose two" onClick={() => choose({ id: asset.id, name })}>
            <Columns2 size={12} />
          </Tiny>
          <Tiny label={`Pick ${name}`} hint="Pick: put these settings into the graph" onClick={onPick}>
            <Trophy size={12} />
          </Tiny>
        </figcaption>
      )}
      {isPicked && (
        <span
          className="absolute top-1 right-1 flex size-5 items-center justify-center rounded-full bg-accent text-accent-ink"
          data-hint="Picked"
        >
          <Check size={12} strokeWidth={3} />
        </span>
      )}
    </figure>
  );
}

function Tiny(props: { label: string; hint?: string; onClick(): void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      aria-label={props.label}
      data-hint={props.hint ?? props.label}
      className="flex size-6 flex-none items-center justify-center rounded-md hover:bg-white/25"
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

function State({ cell, doing, onRetry }: { cell: CellOf; doing?: Doing; onRetry(): void }) {
  const { state, says } = cell;
  if (state === 'running' || state === 'queued') {
    const share = doing?.of ? doing.done / doing.of : 0;
    return (
      <div
        className={`flex size-full flex-col items-center justify-center gap-1 text-[11.5px] text-ink-3 ${state === 'running' ? 'shimmer' : ''}`}
      >
        {state === 'queued' ? 'waiting' : doing ? `${doing.done} of ${doing.of}` : 'at work'}
        {state === 'running' && (
          <span
            aria-hidden
            className="absolute bottom-0 left-0 h-0.5 bg-accent transition-[width]"
            style={{ width: `${share * 100}%` }}
          />
        )}
      </div>
    );
  }
  const isFailed = state === 'failed';
  return (
    <div
      className={`flex size-full flex-col items-center justify-center gap-1 overflow-hidden p-2 text-center text-[11px] leading-snug ${isFailed ? 'bg-bad-soft' : ''}`}
    >
      {isFailed ? (
        <CircleAlert size={15} className="flex-none text-bad" />
      ) : (
        <CircleSlash size={15} className="flex-none text-ink-3" />
      )}
      <span className="line-clamp-3" data-hint={says ?? undefined}>
        {state === 'done' ? 'Made no file' : says}
      </span>
      {state !== 'done' && (
        <button
          type="button"
          className="mt-0.5 flex items-center gap-1 rounded-md px-1.5 py-0.5 font-medium hover:bg-field-hover"
          onClick={onRetry}
        >
          <RotateCcw size={11} aria-hidden /> Run again
        </button>
      )}
    </div>
  );
}

'use client';
import { ArrowLeftRight, ChevronDown } from 'lucide-react';
import Link from 'next/link';
import { sayAgo, saySeconds } from '../editor/state/facts-line';
import { Mark } from '../Mark';
import { ThemeButton } from '../ThemeButton';
import { Thumb } from '../Thumb';
import { Tag } from './Tag';
import type { Asset, Name, Side } from './use-side';

interface Props {
  a: { side?: Side; problem?: string };
  b: { side?: Side; problem?: string };
  onChoose(name: Name): void;
  onSwap?(): void;
}

/** What is compared with what; either can be exchanged. */
export function CompareBar({ a, b, onChoose, onSwap }: Props) {
  return (
    <header className="flex h-14 flex-none items-center gap-3 border-b border-line bg-surface px-4">
      <Link href="/library#results" className="flex flex-none items-center gap-2 font-semibold" data-hint="Library">
        <Mark /> <span className="max-[900px]:hidden">Skein</span>
      </Link>
      <span className="text-line-strong">/</span>
      <h1 className="flex-none font-medium">Compare</h1>
      <div className="mx-auto flex min-w-0 items-center gap-2">
        {a.side && <Chosen side={a.side} onClick={() => onChoose('A')} />}
        {onSwap && (
          <button
            type="button"
            className="icon-button"
            aria-label="Exchange A and B"
            data-hint="Exchange A and B"
            onClick={onSwap}
          >
            <ArrowLeftRight size={15} />
          </button>
        )}
        {b.side && <Chosen side={b.side} onClick={() => onChoose('B')} />}
      </div>
      <ThemeButton />
    </header>
  );
}

function Chosen({ side, onClick }: { side: Side; onClick(): void }) {
  const { name, asset } = side;
  return (
    <button
      type="button"
      className="flex min-w-0 items-center gap-2.5 rounded-xl border border-line py-1 pr-2 pl-1 text-left hover:border-line-strong hover:bg-field-hover"
      aria-label={`${name}: ${asset.name}. Choose another`}
      data-hint={`Choose another for ${name}`}
      onClick={onClick}
    >
      <span className="pointer-events-none size-9 flex-none overflow-hidden rounded-lg bg-field">
        <Thumb asset={asset} />
      </span>
      <Tag name={name} />
      <span className="min-w-0">
        <span className="block max-w-[210px] truncate leading-tight font-medium max-[1100px]:max-w-[120px]">
          {asset.name}
        </span>
        <span className="figures block truncate text-[11px] leading-tight text-ink-3">{factsOf(asset)}</span>
      </span>
      <ChevronDown size={14} className="flex-none text-ink-3" aria-hidden />
    </button>
  );
}

/** `64 × 64 · 17 frames · 2.1 s · 5 min ago`. */
export function factsOf({ width, height, frames, seconds, origin, createdAt }: Asset): string {
  return [
    width && height ? `${width} × ${height}` : '',
    frames && frames > 1 ? `${frames} frames` : '',
    seconds ? saySeconds(seconds) : '',
    origin === 'upload' ? 'uploaded' : '',
    sayAgo(createdAt.getTime(), Date.now()),
  ]
    .filter(Boolean)
    .join(' · ');
}

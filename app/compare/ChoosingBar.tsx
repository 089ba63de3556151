'use client';
import { X } from 'lucide-react';
import Link from 'next/link';
import { assetUrl } from '../api-client';
import { useChoosing } from './choosing';
import { compareUrl } from './compare-url';

/** While one of two is chosen: which one, and how to go on. */
export function ChoosingBar() {
  const { first, set } = useChoosing();
  if (!first) return null;
  return (
    <div
      role="status"
      className="floating fixed bottom-20 left-1/2 z-40 flex max-w-[calc(100vw-32px)] -translate-x-1/2 animate-rise items-center gap-3 rounded-2xl py-2 pr-2 pl-2"
      data-testid="choosing"
    >
      {/* biome-ignore lint/performance/noImgElement: served by ourselves, in the size that is shown */}
      <img
        src={`${assetUrl(first.id)}?thumb=1`}
        alt=""
        className="size-10 flex-none rounded-lg bg-field object-cover"
      />
      <span className="min-w-0 truncate">
        <b className="font-medium">{first.name}</b> will be A. Choose B in the same way.
      </span>
      <Link className="text-button" href={compareUrl(first.id)} onClick={() => set(null)}>
        Choose from all
      </Link>
      <button type="button" className="icon-button" aria-label="Choose none" onClick={() => set(null)}>
        <X size={16} />
      </button>
    </div>
  );
}

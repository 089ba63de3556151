'use client';
import { Check, Pause, Play, Trash2, X } from 'lucide-react';
import { api } from '../api-client';
import { sayBytes, saySeconds } from '../editor/state/facts-line';
import { type Download, useAct } from './use-downloads';

/** One download: how far it is, how fast, how long yet, and what can be done about it. */
export function DownloadRow({ download }: { download: Download }) {
  const { id, repository, state, bytes, there, says, models } = download;
  const act = useAct();
  const share = bytes ? there / bytes : 1;
  const isMoving = state === 'running' || state === 'elsewhere';
  return (
    <div className="rounded-2xl border border-line bg-surface px-4 py-3" data-testid="download" data-state={state}>
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          <p className="truncate font-semibold">{repository}</p>
          <p className="figures text-[12px] text-ink-2" aria-live="polite">
            {words(download)}
          </p>
        </div>
        <div className="flex flex-none items-center">
          {(state === 'running' || state === 'waiting') && (
            <Act label="Pause" onClick={() => act(() => api.hub.pause.mutate({ id }))}>
              <Pause size={15} />
            </Act>
          )}
          {(state === 'paused' || state === 'failed') && (
            <button
              type="button"
              className="text-button mr-1 !h-8"
              onClick={() => act(() => api.hub.resume.mutate({ id }))}
            >
              <Play size={13} /> Resume
            </button>
          )}
          {state !== 'done' && state !== 'elsewhere' && (
            <Act label="Cancel and delete what has come" onClick={() => act(() => api.hub.discard.mutate({ id }))}>
              <Trash2 size={15} />
            </Act>
          )}
          {state === 'done' && (
            <>
              <Check size={16} className="mr-1 text-good" aria-hidden />
              <Act label="Take off the list" onClick={() => act(() => api.hub.discard.mutate({ id }))}>
                <X size={15} />
              </Act>
            </>
          )}
        </div>
      </div>
      {state !== 'done' && (
        <div
          role="progressbar"
          aria-label={`Download of ${repository}`}
          aria-valuenow={Math.floor(share * 100)}
          className="mt-2.5 h-1.5 overflow-hidden rounded-full bg-fill"
        >
          <div
            className={`h-full rounded-full transition-[width] duration-500 ease-linear ${state === 'failed' ? 'bg-bad' : isMoving ? 'bg-accent' : 'bg-line-strong'}`}
            style={{ width: `${Math.max(0.6, share * 100)}%` }}
          />
        </div>
      )}
      {says && (
        <p className="mt-2.5 rounded-lg bg-bad-soft px-2.5 py-2 text-[12px] leading-snug" role="alert">
          {says}
        </p>
      )}
      {state === 'done' && !says && models?.length === 0 && (
        <p className="text-[12px] text-ink-2">Look again in a moment.</p>
      )}
    </div>
  );
}

function words({ state, bytes, there, perSecond, models }: Download): string {
  const share = `${sayBytes(there)} of ${sayBytes(bytes)}`;
  if (state === 'done') return `${sayBytes(bytes)} · here as ${models?.join(', ') || 'files'}`;
  if (state === 'waiting') return `${share} · waits for the one before`;
  if (state === 'paused') return `${share} · paused`;
  if (state === 'failed') return `${share} · stopped`;
  const pace = perSecond ? ` · ${sayBytes(perSecond)}/s · ${saySeconds((bytes - there) / perSecond)} left` : '';
  return `${share}${pace}${state === 'elsewhere' ? ' · by another process' : ''}`;
}

function Act(props: { label: string; onClick(): void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={props.label}
      data-hint={props.label}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

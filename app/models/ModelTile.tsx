'use client';
import { Boxes, CircleCheck, Layers2, TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { toast } from 'sonner';
import { api } from '../api-client';
import { sayAgo, sayBytes } from '../editor/state/facts-line';
import { ModelLicence } from './Licence';
import { ModelMenu } from './ModelMenu';
import type { ShelfModel } from './ModelShelf';
import { PartsBar } from './PartsBar';
import { useAct } from './use-downloads';

/** A model as the library knows it: what it is, what it is made of, its terms, who uses it, where it lies. */
export function ModelTile({ model }: { model: ShelfModel }) {
  const { card, kind, bytes, files, licence, usedBy, path } = model;
  const isWaiting = card.isUnread ?? false;
  const Icon = kind === 'lora' ? Layers2 : Boxes;
  return (
    <article
      className="flex flex-col overflow-hidden rounded-2xl border border-line bg-surface shadow-card transition-colors hover:border-line-strong"
      data-testid="model"
      data-model={card.id}
      aria-busy={isWaiting}
    >
      <header className="flex items-start gap-3 pt-4 pr-2.5 pl-4">
        <span className="mt-0.5 flex size-9 flex-none items-center justify-center rounded-xl bg-field text-ink-2">
          <Icon size={17} aria-hidden />
        </span>
        <div className="min-w-0 flex-1">
          <h3 className="truncate text-[14px] font-semibold" data-hint={card.title === card.id ? undefined : card.id}>
            {card.title}
          </h3>
          <p className="figures truncate text-[12px] text-ink-3">
            {[
              card.family === 'unknown' ? '' : familyName(card.family),
              kind === 'lora' ? 'LoRA' : '',
              sayBytes(bytes),
              sayFiles(files),
            ]
              .filter(Boolean)
              .join(' · ')}
          </p>
        </div>
        <ModelMenu model={model} />
      </header>
      <div className="flex flex-col gap-3 px-4 pt-3 pb-4">
        {isWaiting ? (
          <div className="flex flex-col gap-2">
            <div className="shimmer h-2 rounded-full" />
            <p className="text-[12px] text-ink-2">Being read for the first time, a few seconds for every gigabyte.</p>
          </div>
        ) : card.broken ? (
          <Broken model={model} />
        ) : (
          <PartsBar card={card} />
        )}
        <dl className="grid grid-cols-[64px_1fr] gap-x-3 gap-y-1.5 text-[12px] leading-snug">
          <Line label="Licence">
            <ModelLicence model={card.id} title={card.title} licence={licence} />
          </Line>
          <Line label="Used by">
            <UsedBy graphs={usedBy} />
          </Line>
          <Line label={card.source ? 'From' : 'Lies in'}>
            <span className="block truncate" data-hint={path}>
              {card.source ? `${card.source.hub} @ ${card.source.revision.slice(0, 8)}` : fromTheEnd(path)}
            </span>
          </Line>
          <Line label="SHA-256">
            <Digest model={model} />
          </Line>
        </dl>
      </div>
    </article>
  );
}

/** Families as their makers write them. */
const familyName = (family: string) => ({ wan: 'Wan', ltx: 'LTX-Video' })[family] ?? family;
const sayFiles = (count: number) => (count === 1 ? '1 file' : `${count} files`);
/** The end of a path says more than its beginning. */
const fromTheEnd = (path: string) => (path.length > 40 ? `…${path.slice(-39)}` : path);

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function UsedBy({ graphs }: { graphs: ShelfModel['usedBy'] }) {
  if (!graphs.length) return <span className="text-ink-3">no graph</span>;
  const shown = graphs.slice(0, 3);
  return (
    <span>
      {shown.map(({ id, name }, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <Link
            href={`/graph/${id}`}
            className="rounded underline decoration-line-strong underline-offset-[3px] hover:decoration-accent-text"
          >
            {name || 'Untitled'}
          </Link>
        </span>
      ))}
      {graphs.length > shown.length && <span className="text-ink-3"> and {graphs.length - shown.length} more</span>}
    </span>
  );
}

function Digest({ model: { card, verification } }: { model: ShelfModel }) {
  if (verification?.state === 'running')
    return (
      <span className="flex items-center gap-2 text-ink-2">
        <span className="shimmer h-2 w-16 rounded-full" aria-hidden /> reading every byte
      </span>
    );
  if (card.isUnread) return <span className="text-ink-3">being read</span>;
  if (card.broken) return <span className="text-ink-3">none</span>;
  const copy = async () => {
    await navigator.clipboard.writeText(card.digest);
    toast.success('The digest is copied');
  };
  return (
    <span className="flex items-center gap-2">
      <button
        type="button"
        className="number rounded text-[11.5px] hover:text-accent-text"
        data-hint={`${card.digest} · press to copy`}
        onClick={copy}
      >
        {card.digest.slice(0, 16)}
      </button>
      {verification?.state === 'good' && (
        <span className="flex items-center gap-1 text-good">
          <CircleCheck size={12} aria-hidden /> verified {sayAgo(verification.at, Date.now())}
        </span>
      )}
    </span>
  );
}

/** Where the model lies stands on its tile already: of a sentence that begins with a place, only what is further in. */
const withoutPlace = (says: string, path: string): string =>
  says.startsWith(`${path}: `) ? says.slice(path.length + 2) : says.replace(`${path}/`, '');

/** What is wrong with a model, and the way to mend it where there is one on this page. */
function Broken({ model: { card, kind, path } }: { model: ShelfModel }) {
  const act = useAct();
  const isChanged = card.broken?.startsWith('MODEL_DIGEST_MISMATCH') ?? false;
  return (
    <div className="rounded-xl bg-bad-soft px-3 py-2.5 text-[12px] leading-snug" role="alert">
      <p className="mb-1 flex items-center gap-1.5 font-semibold text-bad">
        <TriangleAlert size={13} aria-hidden /> {kind === 'lora' ? 'This LoRA' : 'This model'} cannot be used
      </p>
      <p className="max-h-[150px] overflow-y-auto break-words select-text first-letter:uppercase">
        {withoutPlace(card.broken ?? '', path)}
      </p>
      {isChanged && (
        <button
          type="button"
          className="text-button mt-2 !h-7 !px-2 text-[12px]"
          onClick={() => act(() => api.models.verify.mutate({ id: card.id, accept: true }))}
        >
          Accept the files as they are now
        </button>
      )}
    </div>
  );
}

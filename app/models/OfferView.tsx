'use client';
import { ChevronRight, Download, Lock } from 'lucide-react';
import { useState } from 'react';
import { type Answers, api } from '../api-client';
import { sayBytes } from '../editor/state/facts-line';
import { LicenceName } from './Licence';
import { useAct } from './use-downloads';

export type Offer = Answers['hub']['offer'];

/** What a download would bring: size, free disk, terms, every file; and the button that begins it. */
export function OfferView(props: {
  offer: Offer;
  onPick(paths: string[]): void;
  onVariant(name: string): void;
  onBegun(id: string): void;
}) {
  const { offer, onPick, onVariant, onBegun } = props;
  const act = useAct();
  const [isBusy, setBusy] = useState(false);
  const {
    kind,
    name,
    revision,
    take,
    offered,
    variants,
    variant,
    bytes,
    free,
    leftBytes,
    licence,
    isGated,
    problem,
    there,
  } = offer;
  const picked = take.map(({ path }) => path).filter((path) => offered.some((file) => file.path === path));
  const begin = async () => {
    setBusy(true);
    const chosen = { ...(offered.length ? { picked } : {}), ...(variants.length ? { variant } : {}) };
    const wanted = { repository: name, revision, ...chosen };
    await act(async () => onBegun((await api.hub.get.mutate(wanted)).id), 'The download did not begin');
    setBusy(false);
  };
  const isReady = !problem && !there && take.length > 0;
  return (
    <div className="flex flex-col gap-4" data-testid="offer">
      <div className="grid grid-cols-3 gap-px overflow-hidden rounded-2xl border border-line bg-line">
        <Figure label="To come" value={take.length ? sayBytes(bytes) : 'choose below'} />
        <Figure label="Free on the disk" value={sayBytes(free)} />
        <div className="bg-surface px-4 py-3">
          <p className="text-[11px] text-ink-3">Licence</p>
          <div className="mt-0.5 truncate text-[14px] font-semibold">
            <LicenceName licence={licence} of={name} />
          </div>
        </div>
      </div>
      {isGated && (
        <p className="flex items-start gap-2 text-[12px] leading-snug text-ink-2">
          <Lock size={13} className="mt-0.5 flex-none" aria-hidden /> Gated: its owner gives it to those who have agreed
          to its terms. Your token is one of theirs, as far as the hub tells.
        </p>
      )}
      {variants.length > 0 && (
        <fieldset className="flex flex-wrap gap-1.5">
          <legend className="mb-1.5 text-[12px] font-semibold">Which weights?</legend>
          {variants.map((one) => (
            <button
              key={one.name}
              type="button"
              aria-pressed={one.name === variant}
              className={`flex h-8 items-center gap-2 rounded-xl border px-3 text-[12.5px] transition-colors ${one.name === variant ? 'border-accent-text bg-raised font-medium' : 'border-line text-ink-2 hover:bg-field-hover'}`}
              onClick={() => onVariant(one.name)}
            >
              {one.name || 'plain'}
              <span className="figures text-ink-3">{sayBytes(one.bytes)}</span>
            </button>
          ))}
        </fieldset>
      )}
      {offered.length > (problem || kind === 'folder' ? 0 : 1) && (
        <fieldset className="flex flex-col gap-0.5">
          <legend className="mb-1.5 text-[12px] font-semibold">
            {kind === 'folder' ? 'The whole folder comes, or only these single files' : 'Which files?'}
          </legend>
          {offered.map((file) => (
            <label
              key={file.path}
              className="flex cursor-pointer items-center gap-2.5 rounded-lg px-2 py-1.5 hover:bg-field-hover"
            >
              <input
                type="checkbox"
                className="size-4 accent-(--accent)"
                checked={picked.includes(file.path)}
                onChange={({ target }) =>
                  onPick(target.checked ? [...picked, file.path] : picked.filter((path) => path !== file.path))
                }
              />
              <span className="min-w-0 flex-1 truncate">{file.path}</span>
              <span className="figures flex-none text-[12px] text-ink-3">{sayBytes(file.bytes)}</span>
            </label>
          ))}
        </fieldset>
      )}
      {take.length > 0 && (
        <details className="group rounded-2xl border border-line">
          <summary className="flex cursor-pointer list-none items-center gap-1.5 px-4 py-2.5 text-[12px] text-ink-2">
            <ChevronRight size={13} className="transition-transform group-open:rotate-90" aria-hidden />
            {take.length} files: safetensors, settings, tokenizer, terms
            {leftBytes > 0 && <span className="text-ink-3"> · {sayBytes(leftBytes)} stay behind</span>}
          </summary>
          <ul className="max-h-[200px] overflow-y-auto border-t border-line px-4 py-2 text-[12px]">
            {take.map((file) => (
              <li key={file.path} className="flex gap-3 py-0.5">
                <span className="min-w-0 flex-1 truncate">{file.path}</span>
                <span className="figures flex-none text-ink-3">{sayBytes(file.bytes)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {(problem || there) && (
        <p className="rounded-xl bg-bad-soft px-3 py-2.5 text-[12.5px] leading-snug" role="alert">
          {problem ?? `It is here already, in the folder ${there}.`}
        </p>
      )}
      <div className="flex items-center justify-between gap-3">
        <p className="number truncate text-[11px] text-ink-3">
          {name} @ {revision.slice(0, 10)}
        </p>
        <button
          type="button"
          disabled={!isReady || isBusy}
          className="text-button !h-9 !border-transparent !bg-accent !px-4 !text-accent-ink hover:brightness-105"
          onClick={begin}
        >
          <Download size={15} /> Download
        </button>
      </div>
    </div>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div className="bg-surface px-4 py-3">
      <p className="text-[11px] text-ink-3">{label}</p>
      <p className="figures mt-0.5 truncate text-[14px] font-semibold">{value}</p>
    </div>
  );
}

'use client';
import { Minus, Plus } from 'lucide-react';
import { useState } from 'react';
import { moveSigma, readSigmas, withSteps } from '../state/sigma-list';
import type { FieldProps } from './field-props';
import { SigmaCurve } from './SigmaCurve';

/** A schedule to draw: points to drag, a number of steps to choose, and the numbers themselves to write. */
export function SigmasField({ field, value, problem, onChange }: FieldProps) {
  const sigmas = Array.isArray(value) ? value.filter((one): one is number => typeof one === 'number') : [];
  const [draft, setDraft] = useState<string | null>(null);
  const steps = sigmas.length - 1;
  const commit = () => {
    const written = draft === null ? null : readSigmas(draft);
    if (written) onChange(written);
    setDraft(null);
  };
  return (
    <div
      className={`nodrag rounded-lg border bg-field pt-0.5 ${problem ? 'border-bad' : 'border-transparent'}`}
      data-hint={problem ?? field.says}
    >
      <SigmaCurve sigmas={sigmas} height={96} onMove={(i, sigma) => onChange(moveSigma(sigmas, i, sigma))} />
      <div className="flex items-center gap-1 px-2.5 pb-1 text-[12px]">
        <span className="flex-1 text-ink-2">{steps === 1 ? '1 step' : `${steps} steps`}</span>
        <StepButton title="One step fewer" isOff={steps <= 1} onPress={() => onChange(withSteps(sigmas, steps - 1))}>
          <Minus size={12} />
        </StepButton>
        <StepButton title="One step more" isOff={steps >= 1000} onPress={() => onChange(withSteps(sigmas, steps + 1))}>
          <Plus size={12} />
        </StepButton>
      </div>
      <textarea
        aria-label={field.title}
        className="number nowheel block field-sizing-content max-h-24 min-h-8 w-full resize-none border-t border-line bg-transparent px-2.5 py-1.5 text-[11px] leading-relaxed text-ink-2 outline-none focus:text-ink"
        spellCheck={false}
        value={draft ?? sigmas.join(', ')}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Escape') setDraft(null);
          if (event.key !== 'Enter') return;
          event.preventDefault();
          commit();
        }}
      />
    </div>
  );
}

function StepButton(props: { title: string; isOff: boolean; onPress(): void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      aria-label={props.title}
      data-hint={props.title}
      disabled={props.isOff}
      className="flex size-5 items-center justify-center rounded text-ink-3 hover:bg-fill hover:text-ink disabled:opacity-40"
      onClick={props.onPress}
    >
      {props.children}
    </button>
  );
}

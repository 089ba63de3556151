'use client';
import { Grid2x2, Maximize, Minus, Plus } from 'lucide-react';
import { Legend } from './HeatMap';
import { type Mode, modes } from './modes';

interface Props {
  mode: Mode;
  onMode(mode: Mode): void;
  scale: number;
  onZoom(factor: number): void;
  onFit(): void;
  isSharp: boolean;
  onSharp(isSharp: boolean): void;
  gain: number;
  onGain(gain: number): void;
  /** Mean difference of the frame on show, written by the heat map many times a second. */
  mean: React.Ref<HTMLSpanElement>;
}

/** How the two are looked at. */
export function Toolbar(props: Props) {
  const { mode, scale, gain, isSharp } = props;
  return (
    <div className="flex min-h-12 flex-none flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-1.5 text-[12.5px]">
      <div role="radiogroup" aria-label="How to look at them" className="flex rounded-xl bg-fill p-0.5">
        {modes.map(({ mode: one, title, says, icon: Icon }) => (
          // biome-ignore lint/a11y/useSemanticElements: buttons with pictures, pressed like a switch
          <button
            key={one}
            type="button"
            role="radio"
            aria-checked={mode === one}
            data-hint={says}
            className="flex h-8 items-center gap-1.5 rounded-[10px] px-3 text-ink-2 hover:text-ink aria-checked:bg-surface aria-checked:font-medium aria-checked:text-ink aria-checked:shadow-card"
            onClick={() => props.onMode(one)}
          >
            <Icon size={15} aria-hidden /> {title}
          </button>
        ))}
      </div>
      {mode === 'difference' && (
        <>
          <label className="flex items-center gap-2 text-ink-3">
            Gain
            <input
              aria-label="Gain"
              type="range"
              min={0}
              max={6}
              step={1}
              value={Math.log2(gain)}
              className="slide h-4 w-20 cursor-pointer"
              style={{ ['--share' as string]: Math.log2(gain) / 6 }}
              onChange={(event) => props.onGain(2 ** event.target.valueAsNumber)}
            />
            <span className="figures w-7 text-ink">{gain}×</span>
          </label>
          <Legend gain={gain} />
          <span
            ref={props.mean}
            className="figures text-[11.5px] text-ink-3 max-[1180px]:hidden"
            data-testid="mean-difference"
          />
        </>
      )}
      <div className="ml-auto flex items-center gap-0.5">
        <button
          type="button"
          className="icon-button"
          aria-label="Show pixels"
          aria-pressed={isSharp}
          data-hint="Pixels with their edges, not smoothed · P"
          onClick={() => props.onSharp(!isSharp)}
        >
          <Grid2x2 size={16} />
        </button>
        <span aria-hidden className="mx-1.5 h-5 w-px bg-line" />
        <button
          type="button"
          className="icon-button"
          aria-label="Zoom out"
          data-hint="Zoom out · −"
          disabled={scale <= 1}
          onClick={() => props.onZoom(1 / 1.5)}
        >
          <Minus size={16} />
        </button>
        <span className="figures w-11 text-center text-[12px] text-ink-2" data-testid="zoom">
          {Math.round(scale * 100)} %
        </span>
        <button
          type="button"
          className="icon-button"
          aria-label="Zoom in"
          data-hint="Zoom in · + or the wheel"
          onClick={() => props.onZoom(1.5)}
        >
          <Plus size={16} />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Show the whole"
          data-hint="Show the whole · 0 or a double press"
          disabled={scale <= 1}
          onClick={props.onFit}
        >
          <Maximize size={15} />
        </button>
      </div>
    </div>
  );
}

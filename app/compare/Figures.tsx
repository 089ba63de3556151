'use client';
import { decibels } from '../../nodes/video/frame-measures';
import { clipFigures, pairFigures } from '../../nodes/video/measure-clips';
import type { Clock } from '../player/clock';
import { said } from '../said';
import { Chart, type ChartLine } from './Chart';
import { colours } from './Tag';
import type { FilmFigures, FilmState, LatentState, useComparison } from './use-comparison';
import { usePlace } from './use-place';

type Comparison = ReturnType<typeof useComparison>;

/** What the server has measured, or how far it is. */
export function Figures({ comparison, clock }: { comparison: Comparison; clock: Clock }) {
  const { data, error } = comparison.films;
  if (error) return <Word>{said(error)}</Word>;
  if (data?.state === 'failed') return <Word>{data.says}</Word>;
  if (data?.state !== 'done') return <Progress state={data} />;
  return <Charts figures={data.result} latents={comparison.latents} clock={clock} />;
}

const Word = ({ children }: { children: React.ReactNode }) => (
  <p className="rounded-xl border border-dashed border-line px-4 py-3 text-[12.5px] text-ink-2">{children}</p>
);

function Progress({ state }: { state: Exclude<FilmState, { state: 'done' | 'failed' }> | undefined }) {
  const share = state?.state === 'working' ? state.done / state.of : 0;
  return (
    <div
      className="shimmer relative flex h-24 items-center justify-center overflow-hidden rounded-xl text-[12.5px] text-ink-3"
      aria-busy="true"
    >
      {state?.state === 'working' ? `Measuring frame ${state.done} of ${state.of}` : 'Measuring …'}
      <span
        aria-hidden
        className="absolute bottom-0 left-0 h-0.5 bg-accent transition-[width]"
        style={{ width: `${share * 100}%` }}
      />
    </div>
  );
}

function Charts({ figures, latents, clock }: { figures: FilmFigures; latents: Comparison['latents']; clock: Clock }) {
  const { part, measures } = figures;
  const place = usePlace(clock, part);
  const { a, b, pair } = measures;
  if (!b || !pair) return null;
  const onSeek = (to: number) => {
    if (clock.isPlaying) clock.pause();
    clock.seek((to * part.count) / part.fps);
  };
  const whole = pairFigures(pair);
  const [ofA, ofB] = [clipFigures(a), clipFigures(b)];
  const isEqual = pair.square.every((square) => square === 0);
  const both = (
    of: 'change' | 'motion' | 'sharpness',
    say: (value: number) => string,
    wholes: [number, number],
  ): ChartLine[] => [
    { name: 'A', colour: colours.A, values: shown(of, a[of]), whole: say(wholes[0]) },
    { name: 'B', colour: colours.B, values: shown(of, b[of]), whole: say(wholes[1]) },
  ];
  const shared = { place, onSeek };
  return (
    <div className="grid grid-cols-[repeat(auto-fit,minmax(190px,1fr))] gap-2.5" data-testid="figures">
      <Chart
        title="PSNR"
        says="How near the pixels are, in dB: above 40 nobody sees a difference, 100 is none at all."
        lines={[
          {
            name: '',
            colour: ink,
            values: pair.square.map(decibels),
            whole: isEqual ? 'identical' : `${whole.psnr.toFixed(2)} dB`,
          },
        ]}
        say={(value) => value.toFixed(1)}
        {...shared}
      />
      <Chart
        title="SSIM"
        says="How alike light, contrast and structure are: 1 is equal. Windows of 8 × 8 on luma, as ffmpeg has it."
        lines={[{ name: '', colour: ink, values: pair.ssim, whole: whole.ssim.toFixed(4) }]}
        say={(value) => value.toFixed(3)}
        {...shared}
      />
      <LatentChart latents={latents} {...shared} />
      <Chart
        title="Flicker"
        says="VBench's: 1 less the mean change between neighbouring frames. 1 is a frozen picture; what moves has less. Each frame's change is drawn."
        lines={both('change', (value) => value.toFixed(4), [ofA.flicker, ofB.flicker])}
        say={(value) => value.toFixed(3)}
        {...shared}
      />
      <Chart
        title="Motion"
        says="How far blocks of 8 × 8 pixels have come since the frame before, on average, in pixels of the size compared."
        lines={both('motion', (value) => `${value.toFixed(2)} px`, [ofA.motion, ofB.motion])}
        say={(value) => value.toFixed(1)}
        {...shared}
      />
      <Chart
        title="Sharpness"
        says="How much fine detail there is: the variance of the Laplacian over luma. Noise counts as detail."
        lines={both('sharpness', (value) => value.toFixed(0), [ofA.sharpness, ofB.sharpness])}
        say={(value) => value.toFixed(0)}
        {...shared}
      />
    </div>
  );
}

const ink = 'var(--ink-2)';

/** Flicker is drawn as what is left of 1; the first frame has none before it, so it changes nothing and moves nowhere. */
function shown(of: 'change' | 'motion' | 'sharpness', values: readonly number[]): number[] {
  if (of === 'sharpness') return [...values];
  return values.map((value, i) => (i === 0 && values.length > 1 ? Number.NaN : of === 'change' ? 1 - value : value));
}

function LatentChart(props: { latents: Comparison['latents']; place: number; onSeek(place: number): void }) {
  const { data, error } = props.latents;
  const says =
    'How far apart the clips were before they were decoded, for each latent frame: 0 is the same, about 1.4 are two that know nothing of each other.';
  if (data?.state !== 'done')
    return (
      <div
        className="flex min-w-0 flex-col gap-1 rounded-xl border border-dashed border-line px-3 pt-2 pb-2.5"
        data-testid="chart Latent distance"
      >
        <span className="text-[12px] font-medium text-ink-2" data-hint={says}>
          Latent distance
        </span>
        <p className="text-[11px] leading-snug text-ink-3">{error ? said(error) : latentWord(data)}</p>
      </div>
    );
  const { distance } = data.result;
  const mean = distance.reduce((sum, value) => sum + value, 0) / distance.length;
  return (
    <Chart
      title="Latent distance"
      says={says}
      lines={[{ name: '', colour: 'var(--kind-latent)', values: distance, whole: mean.toFixed(3) }]}
      say={(value) => value.toFixed(3)}
      place={props.place}
      onSeek={props.onSeek}
    />
  );
}

const latentWord = (data: Exclude<LatentState, { state: 'done' }> | undefined) =>
  data?.state === 'failed' ? data.says : 'Reading …';

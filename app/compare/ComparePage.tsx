'use client';
import { useRouter } from 'next/navigation';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { commonPart } from '../../nodes/video/common-part';
import { Clock } from '../player/clock';
import { Player } from '../player/Player';
import { Chooser } from './Chooser';
import { CompareBar } from './CompareBar';
import { compareUrl } from './compare-url';
import { Details } from './Details';
import type { Mode } from './modes';
import { Stage } from './Stage';
import { Toolbar } from './Toolbar';
import { useComparison } from './use-comparison';
import { useKeys } from './use-keys';
import { type Name, type Side, shapeOf, useSide } from './use-side';
import { useZoom } from './use-zoom';

/** Two results, or a result and what it came from, held against each other; without the second, it is chosen here. */
export function ComparePage({ a, b }: { a?: string; b?: string }) {
  const router = useRouter();
  const [sideA, sideB] = [useSide('A', a), useSide('B', b)];
  /** Which one is being chosen anew. */
  const [choosing, setChoosing] = useState<Name>();
  const go = (name: Name, id: string) => {
    setChoosing(undefined);
    const [first, second] = name === 'A' ? [id, b] : [a, id];
    router.replace(first ? compareUrl(first, second) : compareUrl(id));
  };
  const first = sideA.side;
  const second = sideB.side;
  const names = first && second ? `${first.asset.name} and ${second.asset.name}` : 'Compare';
  useEffect(() => {
    document.title = `${names} · Skein`;
  }, [names]);
  return (
    <main className="fixed inset-0 flex flex-col overflow-hidden">
      <CompareBar
        a={sideA}
        b={sideB}
        onChoose={setChoosing}
        {...(a && b ? { onSwap: () => router.replace(compareUrl(b, a)) } : {})}
      />
      {first && second ? (
        <Both key={`${first.asset.id} ${second.asset.id}`} a={first} b={second} />
      ) : sideA.problem || sideB.problem || !a || !b ? (
        <Missing
          name={sideA.problem || !a ? 'A' : 'B'}
          problem={sideA.problem ?? sideB.problem}
          other={sideA.problem || !a ? second : first}
          onChoose={go}
        />
      ) : (
        <div aria-busy="true" className="flex-1" />
      )}
      {choosing && first && (
        <Chooser
          asDialog
          name={choosing}
          beside={choosing === 'A' ? second : first}
          onChoose={(id) => go(choosing, id)}
          onClose={() => setChoosing(undefined)}
        />
      )}
    </main>
  );
}

/** One side cannot be had, or was not chosen yet. */
function Missing(props: { name: Name; problem?: string; other?: Side; onChoose(name: Name, id: string): void }) {
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-6 py-8">
      {props.problem && (
        <p role="alert" className="mx-auto mb-6 max-w-[1100px] rounded-xl bg-bad-soft px-4 py-3 text-[13.5px]">
          {props.name}: {props.problem}
        </p>
      )}
      <Chooser name={props.name} beside={props.other} onChoose={(id) => props.onChoose(props.name, id)} />
    </div>
  );
}

function Both({ a, b }: { a: Side; b: Side }) {
  const clock = useMemo(() => new Clock(), []);
  const stage = useRef<HTMLDivElement>(null);
  const mean = useRef<HTMLSpanElement>(null);
  const { view, drag, zoom, fit } = useZoom(stage);
  const [mode, setMode] = useState<Mode>('side');
  const [gain, setGain] = useState(4);
  const [isSharp, setSharp] = useState(false);
  const [flipped, setFlipped] = useState<Name>('A');
  const [isHeld, setHeld] = useState(false);
  const shown = isHeld ? other[flipped] : flipped;
  const comparison = useComparison(a.asset.id, b.asset.id);
  const known = comparison.films.data?.state === 'done' ? comparison.films.data.result.part : undefined;
  const part = useMemo(() => known ?? guessed(a, b), [known, a, b]);
  useKeys({
    onMode: setMode,
    onFlip: () => {
      if (mode === 'flip') setFlipped(other[flipped]);
      else setMode('flip');
    },
    onHold: setHeld,
    onSharp: () => setSharp(!isSharp),
    onZoom: zoom,
    onFit: fit,
  });
  const onMean = useCallback((value: number) => {
    if (mean.current) mean.current.textContent = `mean ${(value * 255).toFixed(1)}`;
  }, []);
  return (
    <>
      <Toolbar
        {...{ mode, gain, isSharp, mean }}
        scale={view.scale}
        onMode={setMode}
        onZoom={zoom}
        onFit={fit}
        onSharp={setSharp}
        onGain={setGain}
      />
      {part.says.length > 0 && (
        <p
          className="flex-none border-b border-line bg-field px-4 py-1.5 text-[12px] text-ink-2"
          data-testid="differences-of-form"
        >
          {part.says.join(' ')}
        </p>
      )}
      <Stage
        {...{ stage, a, b, part, mode, clock, view, drag, gain, isSharp, shown, onMean }}
        onFit={fit}
        onHold={setHeld}
      />
      {part.count > 1 && <Player clock={clock} />}
      <Details {...{ a, b, clock, comparison }} />
    </>
  );
}

const other: Record<Name, Name> = { A: 'B', B: 'A' };

/** From what the library knows, until the files have been looked into. */
function guessed(a: Side, b: Side) {
  const [one, two] = [shapeOf(a.asset), shapeOf(b.asset)];
  const square = { width: 1, height: 1, count: 1, fps: 1 };
  return one && two ? commonPart(one, two) : { ...(one ?? two ?? square), says: [] };
}

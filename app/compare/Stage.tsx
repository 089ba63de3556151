'use client';
import { type CSSProperties, type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';
import type { Shape } from '../../nodes/video/common-part';
import type { Clock } from '../player/clock';
import { Divider } from './Divider';
import { type Drawable, HeatMap } from './HeatMap';
import type { Mode } from './modes';
import { Picture } from './Picture';
import { Tag } from './Tag';
import { type Name, type Side, shapeOf } from './use-side';
import type { View } from './use-zoom';

interface Props {
  stage: RefObject<HTMLDivElement | null>;
  a: Side;
  b: Side;
  /** The part that both have; its shape is that of pictures which lie over one another. */
  part: Shape;
  mode: Mode;
  clock: Clock;
  view: View;
  drag(event: PointerEvent, limit: Size): void;
  onFit(): void;
  gain: number;
  isSharp: boolean;
  /** Which one a flip shows. */
  shown: Name;
  /** The other one, while it is held. */
  onHold(isHeld: boolean): void;
  onMean(mean: number): void;
}
interface Size {
  width: number;
  height: number;
}

const margin = 10;

/** Both pictures in the way that was chosen. They stay the same elements in all of them, so that no film begins anew. */
export function Stage(props: Props) {
  const { stage, a, b, part, mode, clock, view, shown, isSharp } = props;
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [place, setPlace] = useState(0.5);
  const [refA, refB] = [useRef<Drawable>(null), useRef<Drawable>(null)];
  useEffect(() => {
    if (!stage.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(stage.current);
    return () => observer.disconnect();
  }, [stage]);

  const isSide = mode === 'side';
  const pane = { width: isSide ? size.width / 2 : size.width, height: size.height };
  const common = fitted(part, pane);
  const boxOf = (side: Side) => (isSide ? fitted(shapeOf(side.asset) ?? part, pane) : common);
  // What can be seen of the picture, from the left of the pane.
  const reach = (common.width * view.scale) / 2;
  const from = Math.max(0, pane.width / 2 + view.x - reach);
  const to = Math.min(pane.width, pane.width / 2 + view.x + reach);
  const top = Math.max(0, pane.height / 2 + view.y - (common.height * view.scale) / 2) + 8;
  const line = from + place * (to - from);
  /** The line as a share of the picture, which may hang out of the pane. */
  const cut = (line - (pane.width / 2 + view.x - reach)) / Math.max(1, 2 * reach);

  const lies = ({ width, height }: Size): CSSProperties => ({
    width,
    height,
    transform: `translate(-50%, -50%) translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
  });
  const looks: Record<Mode, Record<Name, CSSProperties>> = {
    side: { A: {}, B: {} },
    wipe: { A: {}, B: { clipPath: `inset(0 0 0 ${cut * 100}%)` } },
    difference: { A: { opacity: 0 }, B: { opacity: 0 } },
    flip: { A: shown === 'A' ? {} : { opacity: 0 }, B: shown === 'B' ? {} : { opacity: 0 } },
  };
  const paneStyle = (name: Name): CSSProperties =>
    isSide ? { left: name === 'A' ? 0 : '50%', width: '50%' } : { left: 0, width: '100%' };
  const press = (event: PointerEvent) => {
    if (event.button !== 0) return;
    props.drag(event, common);
    if (mode !== 'flip') return;
    props.onHold(true);
    window.addEventListener('pointerup', () => props.onHold(false), { once: true });
  };
  return (
    <div
      ref={stage}
      className={`relative min-h-0 flex-1 touch-none overflow-hidden select-none ${view.scale > 1 ? 'cursor-grab active:cursor-grabbing' : ''}`}
      data-testid="stage"
      data-mode={mode}
      onPointerDown={press}
      onDoubleClick={props.onFit}
    >
      {[a, b].map((side) => (
        <div
          key={side.name}
          data-pane={side.name}
          className="absolute inset-y-0 overflow-hidden"
          style={paneStyle(side.name)}
        >
          <div
            className="absolute top-1/2 left-1/2"
            style={{ ...lies(boxOf(side)), ...looks[mode][side.name] }}
            data-shown={looks[mode][side.name].opacity !== 0}
          >
            <Picture side={side} clock={clock} ref={side.name === 'A' ? refA : refB} isSharp={isSharp} />
          </div>
        </div>
      ))}
      {mode === 'difference' && (
        <div data-pane="both" className="absolute inset-0 overflow-hidden">
          <div
            className={`absolute top-1/2 left-1/2 ${isSharp ? '[image-rendering:pixelated]' : ''}`}
            style={lies(common)}
          >
            <HeatMap
              a={refA}
              b={refB}
              {...{ clock, width: part.width, height: part.height }}
              gain={props.gain}
              onMean={props.onMean}
            />
          </div>
        </div>
      )}
      {mode === 'wipe' && <Divider {...{ place, left: line, from, to }} onPlace={setPlace} />}
      <Tags {...{ mode, shown, from, to }} top={top} half={size.width / 2} />
    </div>
  );
}

/** The largest box of this shape within a pane. */
function fitted(shape: Size, pane: Size): Size {
  const [wide, high] = [Math.max(1, pane.width - 2 * margin), Math.max(1, pane.height - 2 * margin)];
  const aspect = shape.width / shape.height;
  return aspect > wide / high ? { width: wide, height: wide / aspect } : { width: high * aspect, height: high };
}

/** Which is which, in the corners of what can be seen of the pictures. */
function Tags({
  mode,
  shown,
  from,
  to,
  top,
  half,
}: {
  mode: Mode;
  shown: Name;
  from: number;
  to: number;
  top: number;
  half: number;
}) {
  if (mode === 'difference') return null;
  const left = from + 8;
  return (
    <>
      {(mode !== 'flip' || shown === 'A') && <Tag name="A" style={{ left, top }} />}
      {mode === 'side' && <Tag name="B" style={{ left: left + half, top }} />}
      {mode === 'wipe' && <Tag name="B" style={{ left: to - 32, top }} />}
      {mode === 'flip' && shown === 'B' && <Tag name="B" style={{ left, top }} />}
    </>
  );
}

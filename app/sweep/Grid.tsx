'use client';
import { EyeOff, Lock, LockOpen } from 'lucide-react';
import { type LaidOut, sayCell } from '../../nodes/sweep-cells';
import { shownFile, useUi } from '../editor/state/ui-store';
import type { Clock } from '../player/clock';
import { type Arrangement, axisNames, cellAt, type Line, linesOf } from './arrange';
import { CellView } from './CellView';
import type { CellOf, Doing, Swept } from './use-sweep';

interface Props {
  swept: Swept;
  laid: LaidOut;
  view: Arrangement;
  clock: Clock;
  /** Width of a cell in pixels. */
  size: number;
  doing: Readonly<Record<string, Doing>>;
  onView(view: Arrangement): void;
  onPick(cell: number): void;
  onRetry(cell: number): void;
}

const headHeight = 36;
export const gap = 6;

/** Every cell where its row and its column meet. Names stay at the edges, and so do rows and columns that are locked. */
export function Grid({ swept, laid, view, clock, size, doing, onView, onPick, onRetry }: Props) {
  const { columns, rows } = linesOf(laid, view);
  const byIndex = new Map(swept.cells.map((cell) => [cell.cell, cell]));
  const shape = shapeOf(swept.cells);
  const height = Math.round(size / shape);
  const headWidth = rows.length === 1 && !rows[0]?.labels.length ? 0 : 128;
  const { across, down } = axisNames(laid, view);
  const toggle = (what: 'hidden' | 'locked', { keys }: Line) => {
    const key = keys[0];
    if (key === undefined) return;
    const list = view[what];
    onView({ ...view, [what]: list.includes(key) ? list.filter((one) => one !== key) : [...list, key] });
  };
  /** Large, with all others to go on to, as they lie. */
  const open = (index: number) => {
    const all = rows
      .flatMap((row) => columns.map((column) => cellAt(laid, view, { column, row })))
      .flatMap((at) => {
        const [asset] = byIndex.get(at)?.assets ?? [];
        const cell = laid.cells.find((one) => one.index === at);
        return asset && cell ? [{ at, file: shownFile({ ...asset, name: sayCell(laid, cell) }) }] : [];
      });
    const found = all.find(({ at }) => at === index);
    if (found)
      useUi.getState().view(
        found.file,
        all.map(({ file }) => file),
      );
  };
  const left = (column: number) => headWidth + gap + column * (size + gap);
  const top = (row: number) => headHeight + gap + row * (height + gap);
  return (
    <div className="min-h-0 flex-1 overflow-auto p-3" data-testid="grid">
      <div
        className="relative grid w-max pr-3 pb-3"
        style={{ gap, gridTemplateColumns: `${headWidth}px repeat(${columns.length}, ${size}px)` }}
      >
        <div className="contents">
          <div className="sticky -top-3 -left-3 z-30 flex flex-col justify-end bg-canvas pb-1 pl-1 text-[11px] leading-tight text-ink-3">
            {headWidth > 0 && (
              <>
                <span className="truncate text-right">{across} →</span>
                <span className="truncate">{down} ↓</span>
              </>
            )}
          </div>
          {columns.map((column, at) => (
            <Head
              key={column.keys.join()}
              line={column}
              style={column.isLocked ? { left: left(at) - 12, zIndex: 25 } : { zIndex: 20 }}
              className="-top-3 h-9 justify-center"
              onHide={() => toggle('hidden', column)}
              onLock={() => toggle('locked', column)}
            />
          ))}
        </div>
        {rows.map((row, line) => (
          <div key={row.keys.join()} className="contents">
            <Head
              line={row}
              style={row.isLocked ? { top: top(line) - 12, zIndex: 25 } : { zIndex: 20 }}
              className="-left-3"
              onHide={() => toggle('hidden', row)}
              onLock={() => toggle('locked', row)}
            />
            {columns.map((column, across) => {
              const index = cellAt(laid, view, { column, row });
              const cell = byIndex.get(index);
              const stays = {
                ...(column.isLocked ? { left: left(across) - 12 } : {}),
                ...(row.isLocked ? { top: top(line) - 12 } : {}),
              };
              const isLocked = column.isLocked || row.isLocked;
              return (
                <div
                  key={column.keys.join()}
                  className={isLocked ? 'sticky z-10' : ''}
                  style={{ width: size, height, ...stays, ...(column.isLocked && row.isLocked ? { zIndex: 15 } : {}) }}
                >
                  <CellView
                    {...{ laid, index, cell, clock }}
                    doing={cell && doing[cell.run]}
                    isPicked={swept.picked === index}
                    onOpen={() => open(index)}
                    onPick={() => onPick(index)}
                    onRetry={() => onRetry(index)}
                  />
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

function Head(props: { line: Line; className: string; style: React.CSSProperties; onHide(): void; onLock(): void }) {
  const { line, className, style, onHide, onLock } = props;
  const words = line.labels.join(' · ');
  if (!words) return <div className={`sticky ${className}`} style={style} />;
  return (
    <div
      className={`group/head sticky flex items-center gap-1 bg-canvas px-1 text-[12px] font-medium ${className}`}
      style={style}
    >
      <span className="line-clamp-3 min-w-0 break-words" data-hint={words.length > 14 ? words : undefined}>
        {words}
      </span>
      <span
        className={`absolute right-0 flex flex-none rounded-lg bg-canvas ${line.isLocked ? '' : 'opacity-0 group-focus-within/head:opacity-100 group-hover/head:opacity-100'}`}
      >
        <button
          type="button"
          className="icon-button !size-6"
          aria-pressed={line.isLocked}
          aria-label={`${line.isLocked ? 'Unlock' : 'Lock'} ${words}`}
          data-hint={line.isLocked ? 'Let it go' : 'Hold it at the edge while the rest scrolls'}
          onClick={onLock}
        >
          {line.isLocked ? <Lock size={12} /> : <LockOpen size={12} />}
        </button>
        <button
          type="button"
          className="icon-button !size-6"
          aria-label={`Hide ${words}`}
          data-hint="Hide"
          onClick={onHide}
        >
          <EyeOff size={12} />
        </button>
      </span>
    </div>
  );
}

/** Width over height of the first result there is; square until then. */
export function shapeOf(cells: readonly CellOf[]): number {
  const made = cells.flatMap(({ assets }) => assets.slice(0, 1)).find(({ width, height }) => width && height);
  return made?.width && made.height ? Math.max(0.4, Math.min(3, made.width / made.height)) : 1;
}

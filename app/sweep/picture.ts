import type { LaidOut } from '../../nodes/sweep-cells';
import { type Arrangement, axisNames, cellAt, linesOf } from './arrange';

const head = { width: 150, height: 44, gap: 8, margin: 20 };

/** What is drawn for a cell, by its number. */
export type Found = (cell: number) => HTMLVideoElement | HTMLImageElement | null;

/** Where a cell lies on the picture, in its pixels. */
interface Place {
  cell: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * The grid as one PNG with its labels, each film at the frame it shows now, in true size or a little larger; `places` says
 * where those are that have a film. No side is longer than `most` pixels, 14,000 where nothing else is said: a canvas ends
 * at about 16,000.
 */
export async function pictureOf(
  laid: LaidOut,
  about: { view: Arrangement; title: string; found: Found; most?: number },
): Promise<{ picture: Blob; places: Place[] }> {
  const { view, title, found, most = 14_000 } = about;
  const { columns, rows } = linesOf(laid, view);
  const first = laid.cells.map(({ index }) => found(index)).find((one) => one !== null);
  const [wide = 160, high = 160] = first ? sizeOf(first) : [];
  // Labels have to be read beside a clip of 64 pixels.
  const scale = Math.min(
    Math.max(1, 160 / wide),
    (most - 2 * head.margin - head.width - head.gap * columns.length) / (columns.length * wide),
    (most - 2 * head.margin - head.height - 34 - head.gap * rows.length) / (rows.length * high),
  );
  const [width, height] = [Math.max(1, Math.floor(wide * scale)), Math.max(1, Math.floor(high * scale))];
  const left = (column: number) => head.margin + head.width + column * (width + head.gap);
  const top = (row: number) => head.margin + 34 + head.height + row * (height + head.gap);
  const canvas = document.createElement('canvas');
  canvas.width = left(columns.length) + head.margin;
  canvas.height = top(rows.length) + head.margin;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('This browser has no canvas to draw on. Export the table instead.');
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  pen.fillStyle = colour('--canvas');
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const write = (text: string, at: { x: number; y: number; room: number; font?: string; align?: CanvasTextAlign }) => {
    pen.font = at.font ?? '500 14px "Inter Variable", system-ui, sans-serif';
    pen.textAlign = at.align ?? 'left';
    pen.fillStyle = colour('--ink');
    let shown = text;
    while (shown.length > 1 && pen.measureText(shown).width > at.room) shown = `${shown.slice(0, -2).trimEnd()}…`;
    pen.fillText(shown, at.x, at.y);
  };
  const { across: over, down: beside, fixed } = axisNames(laid, view);
  write([title, ...fixed].join(' · '), {
    x: head.margin,
    y: head.margin + 18,
    room: canvas.width - 40,
    font: '600 18px "Inter Variable", system-ui',
  });
  const name = { font: '500 11px "Inter Variable", system-ui, sans-serif', room: head.width - 14 };
  if (over) write(`${over} →`, { ...name, x: left(0) - 14, y: top(0) - 26, align: 'right' });
  if (beside) write(`${beside} ↓`, { ...name, x: head.margin, y: top(0) - 10 });
  for (const [at, column] of columns.entries())
    write(column.labels.join(' · '), { x: left(at) + width / 2, y: top(0) - 14, room: width, align: 'center' });
  const places: Place[] = [];
  for (const [down, row] of rows.entries()) {
    write(row.labels.join(' · '), { x: head.margin, y: top(down) + height / 2 + 5, room: head.width - 14 });
    for (const [across, column] of columns.entries()) {
      const cell = cellAt(laid, view, { column, row });
      const film = found(cell);
      if (!film) continue;
      const [x, y] = [left(across), top(down)];
      pen.drawImage(film, x, y, width, height);
      places.push({ cell, x, y, width, height });
    }
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) =>
        blob ? resolve({ picture: blob, places }) : reject(new Error('The picture is too large. Hide some rows.')),
      'image/png',
    ),
  );
}

const sizeOf = (film: HTMLVideoElement | HTMLImageElement): [number, number] =>
  film instanceof HTMLVideoElement ? [film.videoWidth, film.videoHeight] : [film.naturalWidth, film.naturalHeight];

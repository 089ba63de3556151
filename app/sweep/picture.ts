import type { LaidOut } from '../../nodes/sweep-cells';
import { type Arrangement, cellAt, linesOf } from './arrange';

const head = { width: 150, height: 44, gap: 8, margin: 20 };

/**
 * The grid as one PNG with its labels, each film at the frame it shows now, in true size or a little larger. `found` gives
 * what is drawn for a cell, by its number.
 */
export async function pictureOf(
  laid: LaidOut,
  about: { view: Arrangement; title: string; found(cell: number): HTMLVideoElement | HTMLImageElement | null },
): Promise<Blob> {
  const { view, title, found } = about;
  const { columns, rows } = linesOf(laid, view);
  const first = laid.cells.map(({ index }) => found(index)).find((one) => one !== null);
  const [wide = 160, high = 160] = first ? sizeOf(first) : [];
  // Labels have to be read beside a clip of 64 pixels, and a canvas ends at about 16,000.
  const scale = Math.min(
    Math.max(1, 160 / wide),
    14_000 / (columns.length * wide + 400),
    14_000 / (rows.length * high + 400),
  );
  const [width, height] = [Math.round(wide * scale), Math.round(high * scale)];
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
  const write = (text: string, at: { x: number; y: number; most: number; font?: string; align?: CanvasTextAlign }) => {
    pen.font = at.font ?? '500 14px "Inter Variable", system-ui, sans-serif';
    pen.textAlign = at.align ?? 'left';
    pen.fillStyle = colour('--ink');
    let shown = text;
    while (shown.length > 1 && pen.measureText(shown).width > at.most) shown = `${shown.slice(0, -2).trimEnd()}…`;
    pen.fillText(shown, at.x, at.y);
  };
  write(title, {
    x: head.margin,
    y: head.margin + 18,
    most: canvas.width - 40,
    font: '600 18px "Inter Variable", system-ui',
  });
  for (const [at, column] of columns.entries())
    write(column.labels.join(' · '), { x: left(at) + width / 2, y: top(0) - 14, most: width, align: 'center' });
  for (const [down, row] of rows.entries()) {
    write(row.labels.join(' · '), { x: head.margin, y: top(down) + height / 2 + 5, most: head.width - 14 });
    for (const [across, column] of columns.entries()) {
      const film = found(cellAt(laid, view, { column, row }));
      if (film) pen.drawImage(film, left(across), top(down), width, height);
    }
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large. Hide some rows.'))),
      'image/png',
    ),
  );
}

const sizeOf = (film: HTMLVideoElement | HTMLImageElement): [number, number] =>
  film instanceof HTMLVideoElement ? [film.videoWidth, film.videoHeight] : [film.naturalWidth, film.naturalHeight];

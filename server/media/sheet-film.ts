import { runFfmpeg } from './command';
import { requireFfmpeg } from './ffmpeg';
import { evenSize, frameRate, mp4Encoding, mp4Filters } from './film-options';

/** Where a film lies on the sheet, in pixels of the sheet. */
export interface SheetPlace {
  /** Absolute path of a film ffmpeg reads. */
  film: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface SheetFilm {
  /** Absolute path of the picture the films lie on: labels, titles, the colour between them. */
  sheet: string;
  width: number;
  height: number;
  places: readonly SheetPlace[];
  /** Pictures a second. */
  fps: number;
  /** Of the longest film; a shorter one stands still on its last frame meanwhile. */
  seconds: number;
  /** Absolute. Exists only once it is whole. */
  file: string;
  signal?: AbortSignal;
}

/**
 * Writes an mp4 of many films side by side on one picture, all from their first frame on.
 *
 * @returns its size in pixels and its number of frames.
 * @throws MediaError, the signal's reason when aborted.
 */
export async function writeSheetFilm(film: SheetFilm): Promise<{ width: number; height: number; frames: number }> {
  const { ffmpeg } = await requireFfmpeg();
  const frames = Math.max(1, Math.round(film.seconds * film.fps));
  await runFfmpeg({
    ffmpeg,
    files: [
      { path: film.sheet, options: ['-loop', '1', '-framerate', frameRate(film.fps)] },
      // A decoder per film and thread would be hundreds.
      ...film.places.map(({ film: path }) => ({ path, options: ['-threads', '1'] })),
    ],
    options: [
      ...['-filter_complex', layOut(film), '-map', '[out]', '-map_metadata', '-1', '-frames:v', String(frames)],
      ...mp4Encoding({ ...film, crf: 16 }),
    ],
    format: 'mp4',
    file: film.file,
    signal: film.signal,
  });
  return { ...evenSize(film), frames };
}

/** The films one after the other over the sheet, in RGB: in yuv420p they could only stand at even places. */
function layOut({ places, fps, seconds, ...size }: SheetFilm): string {
  const rate = frameRate(fps);
  const parts = ['[0:v]format=gbrp[s0]'];
  for (const [i, { x, y, width, height }] of places.entries()) {
    const scale = `scale=${width}:${height}:flags=bicubic+accurate_rnd+full_chroma_int`;
    parts.push(
      `[${i + 1}:v]fps=${rate},tpad=stop_mode=clone:stop_duration=${seconds},${scale},format=gbrp[f${i}]`,
      `[s${i}][f${i}]overlay=${x}:${y}:format=gbrp[s${i + 1}]`,
    );
  }
  parts.push(`[s${places.length}]${mp4Filters(size)}[out]`);
  return parts.join(';');
}

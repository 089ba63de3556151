import { rm } from 'node:fs/promises';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { MediaError } from '../media/media-error';
import { type SheetPlace, writeSheetFilm } from '../media/sheet-film';
import { type AssetSummary, addMade, getAsset, removeAsset } from '../store/assets';
import type { SweepCell } from '../store/sweep-cells';
import { idInput } from './inputs';
import type { Context } from './trpc';

/** The largest side an mp4 of H.264 has on most players. */
const side = z.int().min(1).max(4096);
const place = z.int().min(0).max(4096);

/** A picture that was uploaded, and where on it the films of cells lie. */
export const sheetInput = z.object({
  sheet: idInput,
  places: z
    .array(z.object({ cell: z.int().min(0), x: place, y: place, width: side, height: side }))
    .min(1)
    .max(256),
});

const refusal = (message: string) => new TRPCError({ code: 'BAD_REQUEST', message });
let isBusy = false;

/**
 * One film of the films of many cells, on a picture with their labels. It becomes a result of its own; the picture is put
 * away. ffmpeg does the work in a process of its own, one at a time.
 */
export async function makeSweepFilm(
  { services, viewer }: Context,
  about: z.infer<typeof sheetInput> & { name: string; graphId: string | null; cells: readonly SweepCell[] },
): Promise<AssetSummary> {
  if (isBusy) {
    const message = 'Another contact sheet is being written. Try again in a moment.';
    throw new TRPCError({ code: 'CONFLICT', message });
  }
  isBusy = true;
  const { files } = services.cache;
  const file = files.scratch('.mp4');
  try {
    const sheet = await getAsset(services.db, viewer, about.sheet);
    if (!sheet?.width || !sheet.height) throw refusal('The picture with the labels is not there. Export once more.');
    const films = about.places.map((at) => ({ ...at, film: filmOf(about.cells, at.cell) }));
    const gone = films.find(({ film }) => files.bytes(film.sha256) === null);
    if (gone)
      throw refusal(`The film of cell ${gone.cell + 1} is no longer on disk. Run the cell again, or hide its row.`);
    const places = films.map(({ film, ...at }): SheetPlace => ({ ...at, film: files.path(film.sha256) }));
    const fps = Math.min(
      60,
      Math.max(1, ...films.map(({ film }) => (film.seconds ? (film.frames ?? 0) / film.seconds : 0))),
    );
    const seconds = Math.max(...films.map(({ film }) => film.seconds ?? 0));
    const size = { width: sheet.width, height: sheet.height };
    const made = await writeSheetFilm({ ...size, sheet: files.path(sheet.sha256), places, fps, seconds, file });
    const { sha256, bytes } = await files.adopt(file);
    await removeAsset(services.db, viewer, sheet.id);
    const kind = { mime: 'video/mp4', name: `${about.name} sweep.mp4`, graphId: about.graphId };
    return await addMade(services.db, viewer, { sha256, bytes, ...kind, ...made, seconds: made.frames / fps });
  } catch (error) {
    if (error instanceof MediaError) throw refusal(error.message);
    throw error;
  } finally {
    isBusy = false;
    await rm(file, { force: true });
  }
}

/** What a cell has made, if it can be shown on the sheet. */
function filmOf(cells: readonly SweepCell[], number: number): AssetSummary {
  const [asset] = cells.find(({ cell }) => cell === number)?.assets ?? [];
  if (!asset) throw refusal(`Cell ${number + 1} has made nothing yet. Wait for it, or hide its row.`);
  if (asset.kind === 'video' && asset.mime === 'image/webp')
    throw refusal('Films in WebP cannot be put on a contact sheet. Sweep with mp4, webm or gif as the format.');
  return asset;
}

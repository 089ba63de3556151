'use client';
import { Download } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { toast } from 'sonner';
import type { LaidOut } from '../../nodes/sweep-cells';
import { api } from '../api-client';
import { said } from '../said';
import { saveFile } from '../save-file';
import type { Arrangement } from './arrange';
import { csvOf, rowsOf } from './export-data';
import { filmOf } from './film';
import { measured } from './measured';
import { pictureOf } from './picture';
import type { Swept } from './use-sweep';

/** The whole sweep to take away: as a film, a picture, a table or everything. */
export function Exports({ swept, laid, view }: { swept: Swept; laid: LaidOut; view: Arrangement }) {
  const found = (cell: number) =>
    document.querySelector<HTMLVideoElement | HTMLImageElement>(`[data-cell="${cell}"] :is(video, img)`);
  const title = swept.name;
  const draw = async () => {
    try {
      const { picture } = await pictureOf(laid, { view, title, found });
      saveFile(picture, { name: `${title} sweep`, ending: 'png', type: 'image/png' });
    } catch (error) {
      toast.error('The picture could not be made', { description: said(error) });
    }
  };
  const film = () => {
    const made = filmOf(swept, { laid, view, found });
    toast.promise(made, {
      loading: 'Writing the film of all cells …',
      success: ({ name }) => `${name} is among the results, and saved`,
      error: (error) => ({ message: 'The film could not be made', description: said(error) }),
    });
  };
  const save = async (kind: 'json' | 'csv') => {
    const rows = await withMeasures(swept, laid);
    const { name, sweep, graph, createdAt } = swept;
    const text =
      kind === 'csv' ? csvOf(rows) : `${JSON.stringify({ name, createdAt, sweep, cells: rows, graph }, null, 2)}\n`;
    saveFile(text, { name: `${name} sweep`, ending: kind, type: kind === 'csv' ? 'text/csv' : 'application/json' });
  };
  const entry = 'flex cursor-pointer flex-col rounded-lg px-2.5 py-1.5 outline-none data-highlighted:bg-field-hover';
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="text-button">
        <Download size={14} aria-hidden /> Export
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="end" sideOffset={6} className="floating z-50 w-64 animate-fade rounded-xl p-1">
          <DropdownMenu.Item className={entry} onSelect={film}>
            Film (MP4)
            <span className="text-[11px] text-ink-3">All cells playing side by side, with their labels</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className={entry} onSelect={() => void draw()}>
            Picture (PNG)
            <span className="text-[11px] text-ink-3">The grid with its labels, at the frame on show</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className={entry} onSelect={() => void save('csv')}>
            Table (CSV)
            <span className="text-[11px] text-ink-3">
              Settings, seconds, sizes, flicker, motion, sharpness, PSNR and SSIM to the first
            </span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className={entry} onSelect={() => void save('json')}>
            Everything (JSON)
            <span className="text-[11px] text-ink-3">The same with the graph and the axes</span>
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** The rows with what the server measures of their films: of many it takes a while, and can be done without. */
async function withMeasures(swept: Swept, laid: LaidOut) {
  let isWanted = true;
  const id = 'measures';
  const action = { label: 'Skip', onClick: () => (isWanted = false) };
  const begun = Date.now();
  const tell = (done: number, of: number) => {
    // What is remembered comes too soon to be told of.
    if (isWanted && Date.now() - begun > 600)
      toast.loading(`Measuring the films: ${done} of ${of}`, { id, action, duration: Number.POSITIVE_INFINITY });
    return isWanted;
  };
  const rows = rowsOf(swept, laid);
  try {
    return await measured(rows, { cells: swept.cells, ask: (pair) => api.compare.films.query(pair), tell });
  } catch (error) {
    toast.error('The films could not be measured', { description: said(error) });
    return rows;
  } finally {
    toast.dismiss(id);
  }
}

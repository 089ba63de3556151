import { clipFigures, pairFigures } from '../../nodes/video/measure-clips';
import type { Answers } from '../api-client';
import type { Row } from './export-data';
import type { CellOf } from './use-sweep';

type Asset = CellOf['assets'][number];
type Answer = Answers['compare']['films'];

/** What a film is that can be measured: one with several frames. */
const isFilm = (asset: Asset | undefined): asset is Asset => (asset?.frames ?? 0) > 1;

/** Longest between two questions, in milliseconds. */
const patience = 300;

/**
 * The rows with flicker, motion and sharpness of each film, and with PSNR and SSIM against the first film where both are of one size and
 * length. The server measures one after the other and remembers what it found. `ask`: the two files by their ids; `tell` hears how many are
 * done, and answers false to leave the others as they are. A film that cannot be measured keeps its row as it is.
 */
export async function measured(
  rows: readonly Row[],
  about: {
    cells: readonly Pick<CellOf, 'cell' | 'assets'>[];
    ask(pair: { a: string; b: string }): Promise<Answer>;
    tell(done: number, of: number): boolean;
  },
): Promise<Row[]> {
  const { cells, ask, tell } = about;
  const films = new Map(cells.map(({ cell, assets }) => [cell, assets.find(isFilm)]));
  const first = rows.map(({ cell }) => films.get(cell)).find((film) => film !== undefined);
  const count = rows.filter(({ cell }) => films.get(cell)).length;
  const made: Row[] = [];
  let done = 0;
  for (const row of rows) {
    const film = films.get(row.cell);
    const goesOn = film !== undefined && first !== undefined && tell(done, count);
    if (!goesOn) {
      made.push(row);
      continue;
    }
    const isLike = film.width === first.width && film.height === first.height && film.frames === first.frames;
    const found = await answerOf(ask, { a: film.id, b: isLike ? first.id : film.id }, () => tell(done, count));
    done += 1;
    made.push(found ? { ...row, figures: { ...row.figures, ...figuresOf(found, isLike && film !== first) } } : row);
  }
  return made;
}

type Measured = Extract<Answer, { state: 'done' }>['result'];

async function answerOf(
  ask: (pair: { a: string; b: string }) => Promise<Answer>,
  pair: { a: string; b: string },
  goesOn: () => boolean,
): Promise<Measured | undefined> {
  for (let wait = 20; goesOn(); wait = Math.min(patience, 2 * wait)) {
    const answer = await ask(pair);
    if (answer.state === 'done') return answer.result;
    if (answer.state === 'failed') return undefined;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return undefined;
}

function figuresOf({ measures }: Measured, againstFirst: boolean): Record<string, number> {
  const { psnr, ssim } = measures.pair && againstFirst ? pairFigures(measures.pair) : {};
  return {
    ...clipFigures(measures.a),
    ...(psnr === undefined ? {} : { 'psnr to the first, dB': psnr }),
    ...(ssim === undefined ? {} : { 'ssim to the first': ssim }),
  };
}

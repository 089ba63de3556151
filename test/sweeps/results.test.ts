import { expect, test } from 'vitest';
import { axisNames, cellAt, firstArrangement, linesOf, placed, swapped } from '../../app/sweep/arrange';
import { csvOf, type Row, rowsOf } from '../../app/sweep/export-data';
import { measured } from '../../app/sweep/measured';
import { templates } from '../../graphs/registry';
import { readGraph } from '../../nodes/graph';
import { emptySweep, type Sweep } from '../../nodes/sweep';
import { layOut } from '../../nodes/sweep-cells';

const graph = readGraph(templates['text-to-video']).graph!;
const axis = (node: string, param: string, values: (string | number)[]): Sweep['axes'][number] => ({
  name: param,
  at: { node, param },
  values: { kind: 'list', values },
});
const laid = layOut(graph, {
  ...emptySweep(),
  axes: [
    axis('denoiser', 'steps', [4, 8]),
    axis('denoiser', 'guidance', [1, 2, 3, 4]),
    axis('noise', 'seed', [1, 2, 3]),
  ],
});

/** Every cell on show, as the numbers of the grid. */
const shown = (view: ReturnType<typeof firstArrangement>) => {
  const { columns, rows } = linesOf(laid, view);
  return rows.map((row) => columns.map((column) => cellAt(laid, view, { column, row })));
};

test('the longest axis lies across, the next down; the rest are pages', () => {
  const view = firstArrangement(laid);
  expect([view.x, view.y]).toEqual([1, 2]);
  expect(shown(view)).toEqual([0, 1, 2].map((seed) => [0, 3, 6, 9].map((guidance) => guidance + seed)));
  expect(shown({ ...view, page: { 0: 1 } })[0]).toEqual([12, 15, 18, 21]);
  expect(shown(swapped(view))).toEqual([0, 1, 2, 3].map((guidance) => [0, 1, 2].map((seed) => guidance * 3 + seed)));
});

test('rows within rows show every cell once', () => {
  const view = { ...firstArrangement(laid), isNested: true };
  expect(new Set(shown(view).flat()).size).toBe(24);
  expect(linesOf(laid, view).rows[1]?.labels).toEqual(['1', '8']);
});

test('an axis put where another lies takes its place; hidden lines are gone, locked ones first', () => {
  const view = firstArrangement(laid);
  expect(placed(view, 'x', 2)).toMatchObject({ x: 2, y: 1 });
  expect(placed(view, 'x', 0)).toMatchObject({ x: 0, y: 2 });
  const { columns } = linesOf(laid, { ...view, hidden: ['1:0'], locked: ['1:3'] });
  expect(columns.map(({ labels }) => labels[0])).toEqual(['4', '2', '3']);
});

test('the table has a line for each cell; text that would be a formula stays text', () => {
  const base = { run: 'r', says: null, failedNode: null, ran: 2, assets: [], figures: {} };
  const nodes = [{ node: 'denoiser', state: 'done' as const, seconds: 1.5 }];
  const cells = [
    {
      ...base,
      cell: 0,
      state: 'done' as const,
      seconds: 2.00000012,
      reused: 3,
      nodes,
      figures: { 'measure ssim': 0.9 },
    },
    { ...base, cell: 4, state: 'failed' as const, seconds: null, reused: null, nodes: [], says: 'It "broke", twice' },
  ];
  const rows = rowsOf({ cells }, laid);
  expect(rows[1]?.settings).toEqual({ steps: 4, guidance: 2, seed: 2 });
  const [head, first, second] = csvOf(rows).split('\r\n');
  expect(head).toBe(
    'cell,steps,guidance,seed,state,seconds,cached nodes,denoiser s,measure ssim,bytes,width,height,frames,file,sha256,reason',
  );
  expect(first).toBe('0,4,1,1,done,2,3,1.5,0.9,,,,,,,');
  expect(second).toBe('4,4,2,2,failed,,,,,,,,,,,"It ""broke"", twice"');
  const evil: Row = { ...rows[0]!, settings: { text: '=HYPERLINK("x")', n: -3 } };
  expect(csvOf([evil]).split('\r\n')[1]).toMatch(/^0,"'=HYPERLINK\(""x""\)",-3,/);
});

test('what lies across and down is named, and the one value shown of what lies on pages', () => {
  const view = firstArrangement(laid);
  const names = axisNames(laid, view);
  expect([names.across, names.down, names.fixed]).toEqual(['guidance', 'seed', ['steps 4']]);
  expect(axisNames(laid, { ...view, isNested: true })).toMatchObject({ down: 'seed · steps', fixed: [] });
});

test('films are measured one after the other, each against the first of its size; pictures and failures keep their row', async () => {
  const film = { id: 'a', frames: 9, width: 64, height: 64 };
  const assets = [
    film,
    { ...film, id: 'b' },
    { ...film, id: 'c', frames: 5 },
    { ...film, id: 'still', frames: null },
    { ...film, id: 'bad' },
  ];
  const cells = assets.map((asset, cell) => ({ cell, assets: [asset] as never })); // of an asset no more is asked
  const rows = cells.map(({ cell }) => ({ cell, figures: {} }) as Row); // as above
  const asked: string[] = [];
  const clip = { change: [0, 0.25], motion: [0, 3], sharpness: [10, 20] };
  const result = { measures: { a: clip, b: clip, pair: { square: [0.01, 0.01], ssim: [0.5, 0.75] } } };
  const ask = async ({ a, b }: { a: string; b: string }) => {
    asked.push(`${a}${b}`);
    if (a === 'bad') return { state: 'failed' as const, says: 'It is damaged.' };
    return asked.length % 2 ? { state: 'waiting' as const } : ({ state: 'done' as const, result } as never); // as above
  };
  const told: string[] = [];
  const done = await measured(rows, { cells, ask, tell: (of, count) => told.push(`${of}/${count}`) > 0 });
  expect([...new Set(asked)]).toEqual(['aa', 'ba', 'cc', 'bada']);
  expect(done.map(({ figures }) => Object.keys(figures).length)).toEqual([3, 5, 3, 0, 0]);
  expect(done[1]!.figures).toEqual({
    ...{ flicker: 0.75, motion: 3, sharpness: 15 },
    ...{ 'psnr to the first, dB': expect.closeTo(20, 6), 'ssim to the first': 0.625 },
  });
  expect(told.at(-1)).toBe('3/4');
  // Whoever does not want to wait gets the rows as they are.
  expect(await measured(rows, { cells, ask, tell: () => false })).toEqual(rows);
});

import { expect, test } from 'vitest';
import { cellAt, firstArrangement, linesOf, placed, swapped } from '../../app/sweep/arrange';
import { csvOf, type Row, rowsOf } from '../../app/sweep/export-data';
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
    { ...base, cell: 0, state: 'done' as const, seconds: 2, reused: 3, nodes, figures: { 'measure ssim': 0.9 } },
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

import type { Checkpoint } from '../../checkpoint';
import type { GraphBuilder, Value } from '../../onnx/model';
import { add, gather, slice } from '../../onnx/ops';

/*
 * Adaptive layer norms (Peebles and Xie 2022, 2212.09748) in the form of PixArt-alpha (2310.00426): all blocks share what the
 * time is embedded to, and each adds a learned table to it. That depends on the time alone, so it is worked out once per step
 * for all blocks, as one row for each time: of every block shift, 1 + scale, gate, shift, 1 + scale, gate, then the last norm's
 * shift and 1 + scale.
 */

const perBlock = 6;
const atTheEnd = 2;

/** Where the learned tables are: `<block>.scale_shift_table` [6, d], and [2, d] of the last norm without a name before it. */
export interface ShiftTables {
  checkpoint: Checkpoint;
  /** Names of all blocks, in their order. */
  blocks: readonly string[];
  width: number;
}

/** Rows for all blocks, [K, (6 blocks + 2) d], from `vectors` [K, 6d] and the `embedding` [K, d] of K times. */
export function modulationRows(
  g: GraphBuilder,
  time: { vectors: Value; embedding: Value },
  tables: ShiftTables,
): Value {
  const { checkpoint, blocks, width: d } = tables;
  const ones = (pattern: readonly number[]) => g.floats(pattern.flatMap((one) => Array<number>(d).fill(one)));
  const rows = (vectors: Value, table: string, count: number, plus: Value) =>
    add(g, add(g, vectors, g.weight(checkpoint.get(table), [1, count * d])), plus);
  const plus = ones([0, 1, 0, 0, 1, 0]);
  const doubled = g.op('Concat', [time.embedding, time.embedding], { axis: 1 });
  return g.op(
    'Concat',
    [
      ...blocks.map((block) => rows(time.vectors, `${block}.scale_shift_table`, perBlock, plus)),
      rows(doubled, 'scale_shift_table', atTheEnd, ones([0, 1])),
    ],
    { axis: 1 },
  );
}

/** The inputs by which a graph of some blocks is told of time; `of(block)` and `last()` are vectors [G, 1, d]. */
export function modulationInputs(g: GraphBuilder, { width: d, blocks }: { width: number; blocks: number }) {
  const rows = g.input('modulation', 'f32', ['K', (perBlock * blocks + atTheEnd) * d]);
  const groups = gather(g, rows, g.input('which', 'i64', ['G', 1]));
  const vectors = (from: number, count: number) => {
    const some = slice(g, groups, { axis: 2, from: from * d, to: (from + count) * d });
    return g.ops('Split', [some], count, { axis: -1, num_outputs: count });
  };
  return {
    /** Of the first half shift, 1 + scale and gate; then of the second. */
    of: (block: number) => vectors(block * perBlock, perBlock),
    /** Shift and 1 + scale. */
    last: () => vectors(blocks * perBlock, atTheEnd),
  };
}

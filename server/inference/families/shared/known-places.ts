import { integers, type Tensor } from '../../session';

/** Cosines and sines of a rotary embedding, one row for each place. */
export interface RopeTables {
  cos: Float32Array;
  sin: Float32Array;
}

/** Tables of the places of a clip as blocks take them; steps ask for the same ones, so the last are kept. */
export class KnownPlaces {
  private last: { key: string; feeds: Readonly<Record<string, Tensor>> } | undefined;

  /** `key` names what the tables follow from; `rows` is their number, which is also that of the positions. */
  of(key: string, rows: number, make: () => RopeTables): Readonly<Record<string, Tensor>> {
    if (this.last?.key !== key) {
      const { cos, sin } = make();
      const shape = [rows, cos.length / rows];
      const order = Array.from({ length: rows }, (_, row) => row);
      const feeds = {
        cos: { data: cos, shape },
        sin: { data: sin, shape },
        positions: integers(order, [1, rows]),
      };
      this.last = { key, feeds };
    }
    return this.last.feeds;
  }
}

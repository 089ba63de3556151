import type { FloatTensor } from '../../session';
import { giveBack, takeNumbers } from '../shared/numbers';
import { frameOf } from '../shared/pieces';
import type { Box } from '../shared/pixel-source';
import { Scratch } from '../shared/scratch';
import { cutPlanes, pastePlanes } from '../shared/tiles';
import type { Tell } from '../shared/vae-tiles';
import type { Margins } from './vae-graph';
import type { PieceStream } from './vae-stream';

/** A part of a picture, and it with all that it sees. */
export interface SeeingBox {
  own: Box;
  seen: Box;
}

/** What it sees beyond itself. */
export const marginsOf = ({ own, seen }: SeeingBox): Margins => ({
  top: own.top - seen.top,
  left: own.left - seen.left,
  bottom: seen.top + seen.height - own.top - own.height,
  right: seen.left + seen.width - own.left - own.width,
});

type Size = { height: number; width: number };

/**
 * Cuts a picture into as few boxes as keep each, with `reach` pixels round it, at `area` pixels or fewer. A box is never
 * smaller than twice what it sees beyond itself: smaller ones would compute more of their surroundings than of themselves.
 */
export function cutBoxes(size: Size, { area, reach }: { area: number; reach: number }): SeeingBox[] {
  const least = Math.max(1, 2 * reach);
  const most = {
    rows: Math.max(1, Math.floor(size.height / least)),
    columns: Math.max(1, Math.floor(size.width / least)),
  };
  let boxes = gridOf(size, { rows: 1, columns: 1, reach });
  for (let count = 2; count <= most.rows * most.columns && largest(boxes) > area; count++) {
    for (let rows = 1; rows <= Math.min(count, most.rows); rows++) {
      const columns = count / rows;
      if (!Number.isInteger(columns) || columns > most.columns) continue;
      const other = gridOf(size, { rows, columns, reach });
      if (largest(other) < largest(boxes)) boxes = other;
    }
  }
  return boxes;
}

const areaOf = ({ seen }: SeeingBox): number => seen.height * seen.width;
const largest = (boxes: readonly SeeingBox[]): number => Math.max(...boxes.map(areaOf));

function gridOf(size: Size, about: { rows: number; columns: number; reach: number }): SeeingBox[] {
  const { rows, columns, reach } = about;
  const parts = (length: number, count: number) =>
    Array.from(
      { length: count },
      (_, i) => [Math.floor((i * length) / count), Math.floor(((i + 1) * length) / count)] as const,
    );
  const box = (y: readonly [number, number], x: readonly [number, number]): Box => ({
    top: y[0],
    left: x[0],
    height: y[1] - y[0],
    width: x[1] - x[0],
  });
  const wider = ([from, to]: readonly [number, number], length: number) =>
    [Math.max(0, from - reach), Math.min(length, to + reach)] as const;
  return parts(size.height, rows).flatMap((y) =>
    parts(size.width, columns).map((x) => ({
      own: box(y, x),
      seen: box(wider(y, size.height), wider(x, size.width)),
    })),
  );
}

/**
 * Runs what is left of a decoder over one box of the picture after the other, each over all frames: exactly what it gives for
 * the whole picture, in a share of the memory. `deep` is put aside on the disk first. What is opened takes a box with its
 * margins and gives the box alone; `tell` hears how much of all boxes is done. Yields frames [1, 3, 1, height, width].
 */
export async function* decodeInBoxes(
  boxes: readonly SeeingBox[],
  deep: AsyncIterable<FloatTensor>,
  { open, tell }: { open(margins: Margins): PieceStream; tell?: Tell | undefined },
): AsyncGenerator<FloatTensor> {
  const scratch = await Scratch.open('exact');
  try {
    let [count, channels, size] = [0, 0, { height: 0, width: 0 }];
    // Frame by frame, the boxes of each one after the other.
    const sum = boxes.reduce((total, box) => total + areaOf(box), 0);
    for await (const piece of deep) {
      const [, planes = 0, frames = 0, height = 0, width = 0] = piece.shape;
      [channels, size] = [planes, { height, width }];
      for (let frame = 0; frame < frames; frame++) {
        const data = frameOf(piece, frame);
        let at = channels * sum * count++;
        for (const box of boxes) {
          await scratch.write(cutPlanes({ ...size, data }, box.seen), at);
          at += channels * areaOf(box);
        }
      }
    }
    // What is made comes behind what was given.
    const end = channels * sum * count;
    let [before, scale] = [0, 1];
    for (const box of boxes) {
      const stream = open(marginsOf(box));
      const x = takeNumbers(channels * areaOf(box));
      try {
        for (let frame = 0; frame < count; frame++) {
          await scratch.read(x, channels * (sum * frame + before));
          const y = await stream.run(x, { frames: 1, height: box.seen.height, width: box.seen.width });
          scale = y.shape[4]! / box.own.width;
          await scratch.write(y.data, end + placeOf(box.own, { size, scale, frame }));
          await tell?.((before + (areaOf(box) * (frame + 1)) / count) / sum);
        }
      } finally {
        await stream.release();
        giveBack(x);
      }
      before += areaOf(box);
    }
    const large = { height: size.height * scale, width: size.width * scale };
    for (let frame = 0; frame < count; frame++) {
      const data = new Float32Array(3 * large.height * large.width);
      for (const { own } of boxes) {
        const box = enlarged(own, scale);
        const part = new Float32Array(3 * box.height * box.width);
        await scratch.read(part, end + placeOf(own, { size, scale, frame }));
        pastePlanes({ ...large, data }, box, { ...box, data: part });
      }
      yield { data, shape: [1, 3, 1, large.height, large.width] };
    }
  } finally {
    await scratch.close();
  }
}

const enlarged = ({ top, left, height, width }: Box, scale: number): Box => ({
  top: top * scale,
  left: left * scale,
  height: height * scale,
  width: width * scale,
});

/** Where the picture of a box lies among those that were made: a frame is as many numbers as its boxes together. */
const placeOf = (own: Box, { size, scale, frame }: { size: Size; scale: number; frame: number }): number =>
  3 * scale * scale * (frame * size.height * size.width + own.top * size.width + own.left * own.height);

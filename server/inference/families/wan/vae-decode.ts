import type { LatentValue } from '../../../../nodes/values';
import type { Checkpoint } from '../../checkpoint';
import type { Device, FloatTensor } from '../../session';
import { cutFrames, frameOf } from '../shared/pieces';
import type { Tell } from '../shared/vae-tiles';
import { cutBoxes, decodeInBoxes, marginsOf, type SeeingBox } from './vae-boxes';
import { spaceFactor, timeFactor, type VaeConfig } from './vae-config';
import { type DecoderPart, decoderGraph, type PieceSize, reachOfWide } from './vae-decoder';
import { type Margins, type PieceGraph, type PieceKind, workOf } from './vae-graph';
import { PieceStream } from './vae-stream';

type ClipShape = LatentValue['shape'];

/** Pieces after the first hold as many latent frames as fit in so many latent pixels, but at least one. */
const piecePixels = 1024;
/**
 * Where even one latent frame makes more pixels than this, the layers that are wide are run apart: frame by frame, and box by
 * box where the picture is larger still. So they are at any size in networks whose weights are copied into blocks, since the
 * deep layers, which have most of them, can do without.
 */
const wholePixels = 2 ** 17;

/** The wide layers may always take so many bytes at a time: smaller boxes compute more of what surrounds them. */
const leastRoom = 5.5e8;
/** Of what the deep layers work with; frame by frame, more is left lying about. */
const wideShare = 0.9;

export const latentsPerPiece = (height: number, width: number): number =>
  Math.max(1, Math.floor(piecePixels / (height * width)));

interface Decoder {
  config: VaeConfig;
  checkpoint: Checkpoint;
  device: Device;
  convolution: PieceKind['convolution'];
  /** Run the wide layers apart; decided by the size unless said. */
  isSplit?: boolean;
  /** Most pixels of a box, and what it sees beyond it, in what the wide layers are given; decided by memory unless said. */
  boxArea?: number;
}

export interface DecodeOptions {
  /** Length of the pieces after the first. */
  latentFrames?: number;
  unclamped?: boolean;
  /** Hears how far it is, as long as there is no frame yet. */
  tell?: Tell | undefined;
}

/** What the deep layers have of the work, about. */
const deepShare = 0.25;

function isSplitAt({ config, isSplit, convolution }: Decoder, height: number, width: number): boolean {
  const isLarge = height * width * spaceFactor(config) ** 2 * timeFactor(config) > wholePixels;
  return (isSplit ?? (isLarge || convolution === '2d')) && timeFactor(config) > 1;
}

/**
 * Decodes `z` [channels, frames, height, width], not normalised. Yields pieces [1, 3, frames, height, width] in -1..1, each
 * overwritten by the next.
 */
export async function* decodeInPieces(
  decoder: Decoder,
  clip: { z: Float32Array; shape: ClipShape },
  { latentFrames, unclamped = false, tell }: DecodeOptions,
): AsyncGenerator<FloatTensor> {
  const { config, checkpoint, device } = decoder;
  const [, frames, height, width] = clip.shape;
  const length = latentFrames ?? latentsPerPiece(height, width);
  const open = (part: DecoderPart, margins?: Margins) => {
    const build = (piece: PieceKind & { size: PieceSize }) =>
      decoderGraph(config, checkpoint, { ...piece, unclamped, part, ...(margins ? { margins } : {}) });
    return new PieceStream({ device, convolution: ways(decoder)[part], more: frames > 1, step: 1, build });
  };
  const pieces = (stream: PieceStream, told?: Tell) => piecesThrough(stream, clip, { length, tell: told });
  const [first, second] = graphsFor(decoder, { frames, height, width });
  if (!second) return yield* pieces(open('whole'));
  const boxes = boxesFor(decoder, first, second);
  if (boxes.length > 1) {
    const deep = pieces(open('deep'), tell && ((share) => tell(deepShare * share)));
    return yield* decodeInBoxes(boxes, deep, {
      open: (margins) => open('wide', margins),
      tell: tell && ((share) => tell(deepShare + (1 - deepShare) * share)),
    });
  }
  const wide = open('wide');
  try {
    for await (const piece of pieces(open('deep'))) {
      for (let frame = 0; frame < piece.shape[2]!; frame++) {
        const [high = 0, across = 0] = piece.shape.slice(3);
        yield await wide.run(frameOf(piece, frame), { frames: 1, height: high, width: across });
      }
    }
  } finally {
    await wide.release();
  }
}

/** The clip through a stream that takes latents; releases the stream. */
async function* piecesThrough(
  stream: PieceStream,
  { z, shape }: { z: Float32Array; shape: ClipShape },
  { length, tell }: { length: number; tell?: Tell | undefined },
): AsyncGenerator<FloatTensor> {
  const [, frames, height, width] = shape;
  try {
    for (let from = 0; from < frames; ) {
      const size = { frames: from === 0 ? 1 : Math.min(length, frames - from), height, width };
      yield await stream.run(cutFrames(z, shape, { from, frames: size.frames }), size);
      from += size.frames;
      await tell?.(from / frames);
    }
  } finally {
    await stream.release();
  }
}

/**
 * Deep layers have most of the weights and a quarter of the work: there, weights that stay in the file (0.3 GB of Wan 2.1's)
 * are worth more than the fifth of the time that blocks of them would save.
 */
const ways = ({ convolution }: Decoder): Record<DecoderPart, PieceKind['convolution']> => ({
  whole: convolution,
  deep: '3d',
  wide: convolution,
});

/** The graphs that a clip of so many latent frames passes through for the most part: the whole decoder, or its two parts. */
function graphsFor(decoder: Decoder, clip: PieceSize): [PieceGraph] | [deep: PieceGraph, wide: PieceGraph] {
  const { height, width } = clip;
  const size = { frames: Math.min(latentsPerPiece(height, width), Math.max(1, clip.frames - 1)), height, width };
  const isSingle = clip.frames === 1;
  if (!isSplitAt(decoder, height, width)) return [graphOf(decoder, { part: 'whole', size, isSingle })];
  const deep = graphOf(decoder, { part: 'deep', size, isSingle });
  const given = { frames: 1, height: deep.output[3], width: deep.output[4] };
  return [deep, graphOf(decoder, { part: 'wide', size: given, isSingle })];
}

function graphOf(
  decoder: Decoder,
  about: { part: DecoderPart; size: PieceSize; isSingle: boolean; margins?: Margins },
): PieceGraph {
  const { config, checkpoint, device } = decoder;
  const { isSingle, ...piece } = about;
  const kind = { first: isSingle, more: !isSingle, attention: device.attention };
  return decoderGraph(config, checkpoint, { ...kind, convolution: ways(decoder)[about.part], ...piece });
}

/** As few boxes as need no more memory, one after the other, than the deep layers take anyway. Follows from shapes alone. */
function boxesFor({ config, boxArea }: Decoder, deep: PieceGraph, wide: PieceGraph): SeeingBox[] {
  const [, , , height, width] = wide.input;
  const room = Math.max(leastRoom, wideShare * workOf([deep])) - wide.weights;
  const area = boxArea ?? (room / (workOf([wide]) - wide.weights)) * height * width;
  return cutBoxes({ height, width }, { area, reach: reachOfWide(config) });
}

/** Bytes that decoding a clip of so many latents works with. */
export function decodeWork(decoder: Decoder, clip: PieceSize): number {
  const [first, wide] = graphsFor(decoder, clip);
  if (!wide) return workOf([first]);
  const boxes = boxesFor(decoder, first, wide);
  if (boxes.length === 1) return workOf([first, wide]);
  const isSingle = clip.frames === 1;
  const areas = boxes.map(({ seen }) => seen.height * seen.width);
  const largest = boxes[areas.indexOf(Math.max(...areas))]!; // one of them
  const size = { frames: 1, height: largest.seen.height, width: largest.seen.width };
  const box = graphOf(decoder, { part: 'wide', size, isSingle, margins: marginsOf(largest) });
  return Math.max(workOf([first]), workOf([box]));
}

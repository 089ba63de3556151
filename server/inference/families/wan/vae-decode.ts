import type { LatentValue } from '../../../../nodes/values';
import type { Checkpoint } from '../../checkpoint';
import type { Device, FloatTensor } from '../../session';
import { cutFrames } from '../shared/pieces';
import { spaceFactor, timeFactor, type VaeConfig } from './vae-config';
import { type DecoderPart, decoderGraph, type PieceSize } from './vae-decoder';
import type { PieceGraph, PieceKind } from './vae-graph';
import { PieceStream } from './vae-stream';

type ClipShape = LatentValue['shape'];

/** Pieces after the first hold as many latent frames as fit in so many latent pixels, but at least one. */
const piecePixels = 1024;
/**
 * Where even one latent frame makes more pixels than this, the layers that are wide are run frame by frame: at 480x272 that
 * takes 31 % less memory, measured with a quarter of Wan's width.
 */
const wholePixels = 2 ** 18;

export const latentsPerPiece = (height: number, width: number): number =>
  Math.max(1, Math.floor(piecePixels / (height * width)));

interface Decoder {
  config: VaeConfig;
  checkpoint: Checkpoint;
  device: Device;
  convolution: PieceKind['convolution'];
  /** Decode the wide layers frame by frame; decided by the size unless said. */
  isSplit?: boolean;
}

export interface DecodeOptions {
  /** Length of the pieces after the first. */
  latentFrames?: number;
  unclamped?: boolean;
}

const isSplitAt = ({ config, isSplit }: Decoder, height: number, width: number): boolean =>
  (isSplit ?? height * width * spaceFactor(config) ** 2 * timeFactor(config) > wholePixels) && timeFactor(config) > 1;

/**
 * Decodes `z` [channels, frames, height, width], not normalised. Yields pieces [1, 3, frames, height, width] in -1..1, each
 * overwritten by the next.
 */
export async function* decodeInPieces(
  decoder: Decoder,
  clip: { z: Float32Array; shape: ClipShape },
  { latentFrames, unclamped = false }: DecodeOptions,
): AsyncGenerator<FloatTensor> {
  const { config, checkpoint, device, convolution } = decoder;
  const [, frames, height, width] = clip.shape;
  const length = latentFrames ?? latentsPerPiece(height, width);
  const open = (part: DecoderPart) => {
    const build = (piece: PieceKind & { size: PieceSize }) =>
      decoderGraph(config, checkpoint, { ...piece, unclamped, part });
    return new PieceStream({ device, convolution, more: frames > 1, step: 1, build });
  };
  const isSplit = isSplitAt(decoder, height, width);
  const first = open(isSplit ? 'deep' : 'whole');
  const second = isSplit ? open('wide') : null;
  try {
    for (let from = 0; from < frames; ) {
      const size = { frames: from === 0 ? 1 : Math.min(length, frames - from), height, width };
      const piece = await first.run(cutFrames(clip.z, clip.shape, { from, frames: size.frames }), size);
      if (second) yield* frameByFrame(second, piece);
      else yield piece;
      from += size.frames;
    }
  } finally {
    await first.release();
    await second?.release();
  }
}

async function* frameByFrame(stream: PieceStream, { data, shape }: FloatTensor): AsyncGenerator<FloatTensor> {
  const [, channels = 0, count = 0, height = 0, width = 0] = shape;
  for (let from = 0; from < count; from++) {
    const frame = cutFrames(data, [channels, count, height, width], { from, frames: 1 });
    yield await stream.run(frame, { frames: 1, height, width });
  }
}

/** The graphs of a later piece of a clip of so many latent frames: what its memory follows from. */
export function decoderGraphs(decoder: Decoder, size: PieceSize): PieceGraph[] {
  const { config, checkpoint, device, convolution } = decoder;
  const { height, width } = size;
  const piece = { first: false, more: true, attention: device.attention, convolution } as const;
  const latents = Math.min(latentsPerPiece(height, width), size.frames);
  const at = { ...piece, size: { frames: latents, height, width } };
  if (!isSplitAt(decoder, height, width)) return [decoderGraph(config, checkpoint, at)];
  const deep = decoderGraph(config, checkpoint, { ...at, part: 'deep' });
  const [, , , high, wide] = deep.output;
  const one = { frames: 1, height: high, width: wide };
  return [deep, decoderGraph(config, checkpoint, { ...piece, size: one, part: 'wide' })];
}

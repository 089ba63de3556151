import type { Checkpoint } from '../../checkpoint';
import { type Device, type FloatTensor, Session } from '../../session';
import { joinPieces } from '../shared/pieces';
import { type Kept, type Shape5, StageBuilder, type StageGraph } from './vae-stage';
import { type Stage, timeInput } from './vae-stages';

/** A piece holds as many frames as keep its largest numbers below this many bytes, but at least one. */
const pieceBytes = 8e6;

export interface StreamOptions {
  checkpoint: Checkpoint;
  device: Device;
  /** Features of the time at which a latent is decoded. */
  time?: FloatTensor | undefined;
  /** N(0, 1) for layers that add noise; asked once for each of them, in their order. */
  noise?: ((count: number) => Float32Array) | undefined;
  /** Chosen by memory unless said. */
  framesPerPiece?: number | undefined;
}

/** A clip on its way: pieces [1, channels, frames, height, width] and how many frames there will be in all. */
export interface ClipStream {
  pieces: AsyncIterable<FloatTensor>;
  frames: number;
  height: number;
  width: number;
}

/** A stage over a clip: pulls pieces from `clip` and gives on what it makes of them. Sessions are closed at the end. */
export function runStage(stage: Stage, clip: ClipStream, options: StreamOptions): ClipStream {
  const { frames, height, width } = clip;
  const shape: Shape5 = [1, stage.channels, 9, height, width];
  const whole = build(stage, { shape, kept: null, ends: Infinity, options });
  const bytes = 4 * stage.channels * height * width * stage.growth;
  const length = options.framesPerPiece ?? Math.max(1, Math.floor(pieceBytes / bytes));
  return {
    pieces: piecesOf(stage, clip, { ...options, length, convolutions: whole.convolutions }),
    frames: { 0.5: (frames + 1) / 2, 1: frames, 2: 2 * frames - 1 }[stage.rate],
    height: whole.output[3],
    width: whole.output[4],
  };
}

/** What a stage is given, piece by piece: frames, then nothing while its convolutions end, a few at a time. */
async function* inputsOf(
  stage: Stage,
  clip: ClipStream,
  about: { length: number; convolutions: number },
): AsyncGenerator<{ x: FloatTensor | null; ends: number }> {
  const { length, convolutions } = about;
  // Each lets out a frame when it ends; those that look back only have none left.
  const atOnce = stage.causal ? Infinity : Math.max(1, Math.floor(length * stage.rate));
  let done = 0;
  for await (const x of rechunked(clip, length)) {
    done += x.shape[2]!;
    yield { x, ends: done === clip.frames && atOnce >= convolutions ? Infinity : 0 };
  }
  if (atOnce >= convolutions) return;
  for (let ends = atOnce; ends < convolutions; ends += atOnce) yield { x: null, ends };
  yield { x: null, ends: Infinity };
}

interface Open {
  /** What the graph was built for. */
  key: string;
  graph: StageGraph;
  session: Session;
}

async function* piecesOf(
  stage: Stage,
  clip: ClipStream,
  options: StreamOptions & { length: number; convolutions: number },
): AsyncGenerator<FloatTensor> {
  const { device } = options;
  const { height, width } = clip;
  let open: Open | undefined;
  let kept: { shapes: Kept; tensors: Record<string, FloatTensor> } | null = null;
  const noise = new Map<string, FloatTensor>();
  try {
    for await (const { x, ends } of inputsOf(stage, clip, options)) {
      const shape: Shape5 = [1, stage.channels, x?.shape[2] ?? 0, height, width];
      const key: string = JSON.stringify([shape, ends, kept && [...kept.shapes]]);
      if (open?.key !== key) {
        await open?.session.release();
        open = undefined;
        const made = build(stage, { shape, kept: kept?.shapes ?? null, ends, options });
        open = { key, graph: made, session: await Session.open(stage.name, made.model, { device }) };
      }
      const { graph, session }: Open = open;
      for (const [name, wanted] of graph.noise) {
        if (!noise.has(name)) {
          const count = wanted.reduce((a, b) => a * b, 1);
          noise.set(name, { data: options.noise?.(count) ?? new Float32Array(count), shape: wanted });
        }
      }
      const feeds: Record<string, FloatTensor> = { ...(x ? { x } : {}), ...kept?.tensors };
      for (const name of graph.noise.keys()) feeds[`${name}.noise`] = noise.get(name)!;
      if (options.time) feeds[timeInput] = options.time;
      const left = [...graph.kept].filter(([, [, , frames]]) => frames > 0).map(([name]) => name);
      const hasOutput = graph.output[2] > 0;
      const outputs = [...left.map((name) => `${name}.after`), ...(hasOutput ? ['y'] : [])];
      const results = await session.run(feeds, outputs);
      kept = {
        shapes: graph.kept,
        tensors: Object.fromEntries(left.map((name) => [`${name}.before`, results[`${name}.after`]!])),
      };
      if (hasOutput) yield results['y']!;
    }
  } finally {
    await open?.session.release();
  }
}

function build(
  stage: Stage,
  about: { shape: Shape5; kept: Kept | null; ends: number; options: StreamOptions },
): StageGraph {
  const { shape, kept, ends, options } = about;
  const b = new StageBuilder(stage.name, { checkpoint: options.checkpoint, kept, ends, causal: stage.causal });
  return b.finish(shape, stage.build(b, b.input(shape)));
}

/** The same frames in pieces of `length`; the last may be shorter. */
async function* rechunked(clip: ClipStream, length: number): AsyncGenerator<FloatTensor> {
  let waiting: FloatTensor[] = [];
  let count = 0;
  let done = 0;
  const next = () => Math.min(length, clip.frames - done);
  for await (const piece of clip.pieces) {
    waiting.push(piece);
    count += piece.shape[2]!;
    while (count > 0 && count >= next()) {
      const size = next();
      const [taken, rest] = await split(waiting, size);
      waiting = rest ? [rest] : [];
      count -= size;
      done += size;
      yield taken;
    }
  }
  if (done !== clip.frames) {
    throw new Error(
      `A clip of ${clip.frames} frames ended after ${done + count}. Its file may be damaged: upload it again.`,
    );
  }
}

/** The first `size` frames of some pieces, and what is over. */
async function split(pieces: FloatTensor[], size: number): Promise<[FloatTensor, FloatTensor | null]> {
  const total = pieces.reduce((sum, { shape }) => sum + shape[2]!, 0);
  const whole = pieces.length === 1 ? pieces[0]! : await joined(pieces, total);
  return total === size ? [whole, null] : [part(whole, 0, size), part(whole, size, total)];
}

async function joined(pieces: FloatTensor[], total: number): Promise<FloatTensor> {
  const each = async function* () {
    yield* pieces;
  };
  const { data, shape } = await joinPieces(each(), total);
  return { data, shape: [1, ...shape] };
}

function part({ data, shape }: FloatTensor, from: number, to: number): FloatTensor {
  const [, channels = 0, frames = 0, height = 0, width = 0] = shape;
  const pixels = height * width;
  const cut = new Float32Array(channels * (to - from) * pixels);
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * frames * pixels;
    cut.set(data.subarray(start + from * pixels, start + to * pixels), channel * (to - from) * pixels);
  }
  return { data: cut, shape: [1, channels, to - from, height, width] };
}

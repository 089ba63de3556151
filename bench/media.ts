import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MuxOptions } from '../nodes/machine';
import type { FramesValue } from '../nodes/values';
import { openMedia } from '../server/media/door';
import { openBlobs } from '../server/store/blobs';

export interface MuxFigures {
  format: MuxOptions['format'];
  width: number;
  height: number;
  frames: number;
  framesPerSecond: number;
  /** Memory of the Node process, in MB: before, and at its highest. */
  startRssMb: number;
  peakRssMb: number;
  /** Memory of ffmpeg at its highest; absent where the system does not tell. */
  ffmpegPeakRssMb?: number;
}

export interface MuxCase {
  format: MuxOptions['format'];
  width: number;
  height: number;
  frames: number;
}

/**
 * Streams frames through the media door into a film, in a process of its own so that its memory is its own.
 * The frames cost next to nothing to make: what is measured is the way from `FramesValue` to the blob store.
 */
export async function benchMux({ format, width, height, frames }: MuxCase): Promise<MuxFigures> {
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), format, ...[width, height, frames].map(String)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 600_000 });
  return JSON.parse(stdout) as MuxFigures; // written by `main` below
}

/** The figures of the issue: full HD, 10 s and 60 s at 24 frames per second, whose memory must be the same. */
export async function measure({ quick = false } = {}): Promise<Record<string, MuxFigures>> {
  const hd = { format: 'mp4', width: 1920, height: 1080 } as const;
  return {
    short: await benchMux({ ...hd, frames: quick ? 48 : 240 }),
    long: await benchMux({ ...hd, frames: quick ? 192 : 1440 }),
    small: await benchMux({ format: 'mp4', width: 64, height: 64, frames: 49 }),
  };
}

/** A moving gradient with some grain: a window that slides over a larger picture. */
function movingPicture({ width, height, frames }: MuxCase): FramesValue {
  const bytes = width * height * 3;
  const canvas = Buffer.allocUnsafeSlow(bytes + frames * 9);
  let noise = 1;
  for (let at = 0; at < canvas.length; at++) {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
    canvas[at] = ((at / (width * 3)) * 0.15 + ((at % (width * 3)) / width) * 40 + (noise >>> 29)) & 255;
  }
  async function* read() {
    for (let index = 0; index < frames; index++) {
      const frame = Buffer.allocUnsafeSlow(bytes);
      canvas.copy(frame, 0, index * 9, index * 9 + bytes);
      yield frame;
    }
  }
  return { kind: 'frames', width, height, count: frames, fps: 24, read };
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);

/** Highest memory of ffmpeg children so far, in bytes; Linux only. */
function childPeak(): number {
  if (process.platform !== 'linux') return 0;
  const peaks = readdirSync('/proc').map((id) => {
    try {
      if (!/^\d+$/.test(id)) return 0;
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      if (!status.includes(`PPid:\t${process.pid}\n`)) return 0;
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  });
  return Math.max(0, ...peaks);
}

async function main([format, ...sizes]: string[]): Promise<void> {
  const [width = 0, height = 0, frames = 0] = sizes.map(Number);
  const one = { format: format as MuxOptions['format'], width, height, frames }; // given by `benchMux` above
  const folder = mkdtempSync(path.join(tmpdir(), 'skein-bench-'));
  try {
    const media = openMedia({ blobs: openBlobs(folder), graph: {} });
    const clip = movingPicture(one);
    const startRss = process.memoryUsage.rss();
    let [peak, ffmpegPeak] = [startRss, 0];
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
      ffmpegPeak = Math.max(ffmpegPeak, childPeak());
    }, 50);
    const began = performance.now();
    await media.mux(clip, { format: one.format, fps: 24, crf: 20, loop: 0, name: 'bench' });
    const seconds = (performance.now() - began) / 1000;
    clearInterval(watch);
    const figures: MuxFigures = {
      ...one,
      framesPerSecond: Number((frames / seconds).toFixed(1)),
      startRssMb: megabytes(startRss),
      peakRssMb: megabytes(peak),
      ...(ffmpegPeak ? { ffmpegPeakRssMb: megabytes(ffmpegPeak) } : {}),
    };
    process.stdout.write(JSON.stringify(figures));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));

import { execFile } from 'node:child_process';
import { z } from 'zod';
import { requireDecoder } from './ffmpeg';
import { limited } from './limited';
import { MediaError } from './media-error';
import type { UploadKind } from './sniff';

/** Demuxers we let loose on files from outside, by what the content says the file is. */
const demuxers: Partial<Record<UploadKind, string>> = {
  mp4: 'mov',
  mov: 'mov',
  webm: 'matroska',
  mkv: 'matroska',
  gif: 'gif',
  wav: 'wav',
};

/** Pictures larger than this are refused before they are decoded. */
const maxPixels = 40_000_000;
const maxSeconds = 3600;
const maxRate = 1000;
/** A GIF of more pictures is refused: as a film it would be a tenth of the size. */
const maxGifFrames = 5000;

/**
 * Arguments before `-i` for a file from outside: no network, no other files, one named demuxer (a playlist posing as a
 * film is not even looked at), bounded pictures, no keyboard.
 */
export function guardedInput(kind: UploadKind): string[] {
  const demuxer = demuxers[kind];
  if (!demuxer) throw new MediaError('unsupported', `A ${kind} file cannot be read as a video. Use mp4, webm or gif.`);
  return [
    ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', 'mov,matroska,webm,gif,wav'],
    ...['-max_pixels', String(maxPixels), '-f', demuxer],
  ];
}

/** Memory that ffmpeg and ffprobe may map. */
export const ffmpegBytes = 4 * 2 ** 30;

/** What is known about a film before any frame is decoded. */
export interface FilmFacts {
  /** As shown: turned upright, with square pixels. */
  width: number;
  height: number;
  fps: number;
  frames: number;
  seconds: number;
  codec: string;
  /** All frames last equally long. */
  steady: boolean;
  /** The stored picture must be scaled to get square pixels. */
  stretched: boolean;
  matrix: 'bt709' | 'bt601' | 'bt2020';
}

const answer = z.object({
  streams: z
    .array(
      z.object({
        codec_type: z.string().optional(),
        codec_name: z.string().optional(),
        width: z.int().optional(),
        height: z.int().optional(),
        avg_frame_rate: z.string().optional(),
        r_frame_rate: z.string().optional(),
        nb_frames: z.string().optional(),
        nb_read_packets: z.string().optional(),
        duration: z.string().optional(),
        sample_aspect_ratio: z.string().optional(),
        color_space: z.string().optional(),
        side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
      }),
    )
    .default([]),
  format: z.object({ duration: z.string().optional() }).default({}),
});

/**
 * Asks ffprobe about a film. Reads packets but decodes nothing beyond what is needed to know the size.
 * @throws MediaError with a sentence when it is not a film that can be used.
 */
export async function probeFilm(file: string, kind: UploadKind, signal?: AbortSignal): Promise<FilmFacts> {
  const { streams, format } = await askFfprobe(file, kind, signal);
  const stream = streams.find((one) => one.codec_type === 'video');
  if (!stream) throw new MediaError('unsupported', 'There is no picture in this file. Choose a video.');
  if (!stream.width || !stream.height) {
    const says = 'The pictures of this video are damaged, or larger than 40 million pixels. Export it as mp4, smaller.';
    throw new MediaError('unsupported', says);
  }
  if (stream.width * stream.height > maxPixels) {
    const says = `This video has ${stream.width}x${stream.height} pixels; 40 million is the most. Make it smaller first.`;
    throw new MediaError('too-large', says);
  }
  const frames = Number(stream.nb_read_packets ?? 0);
  if (!frames) throw new MediaError('broken', 'This video has no frames that can be read. Export it once more.');
  if (kind === 'gif' && frames > maxGifFrames) {
    const says = `This GIF has ${frames} pictures; ${maxGifFrames} is the most. Save it as mp4, or cut it first.`;
    throw new MediaError('too-large', says);
  }
  const mean = ratio(stream.avg_frame_rate);
  const seconds = Number(stream.duration ?? format.duration ?? 0) || (mean ? frames / mean : 0);
  const promised = Number(stream.nb_frames ?? frames);
  if (promised - frames > Math.max(2, promised * 0.02)) {
    const says = `This video breaks off: ${frames} of its ${promised} frames are there. Upload it once more.`;
    throw new MediaError('broken', says);
  }
  const fps = (kind === 'gif' ? gifRate(frames, seconds) : mean) || (seconds ? frames / seconds : 0) || 25;
  if (seconds > maxSeconds || fps > maxRate) {
    const says = `This video lasts ${Math.round(seconds)} s at ${Math.round(fps)} frames per second; ${maxSeconds} s and ${maxRate} are the most. Cut it first.`;
    throw new MediaError('too-large', says);
  }
  const pixel = ratio(stream.sample_aspect_ratio?.replace(':', '/')) || 1;
  const wide = Math.max(1, Math.round(stream.width * pixel));
  const turned = stream.side_data_list?.some(({ rotation = 0 }) => Math.abs(rotation) % 180 === 90);
  const base = ratio(stream.r_frame_rate);
  return {
    width: turned ? stream.height : wide,
    height: turned ? wide : stream.height,
    fps,
    frames,
    seconds: seconds || frames / fps,
    codec: stream.codec_name ?? 'unknown',
    steady: kind !== 'gif' && Math.abs(base - fps) < 0.01 * fps,
    stretched: wide !== stream.width,
    matrix: matrixOf(stream.color_space, stream.width),
  };
}

/** How long a sound lasts, in seconds. */
export async function probeSeconds(file: string, kind: UploadKind): Promise<number> {
  const { streams, format } = await askFfprobe(file, kind);
  const seconds = Number(streams[0]?.duration ?? format.duration);
  if (!(seconds > 0)) throw new MediaError('broken', 'There is no sound in this file. Export it once more.');
  return seconds;
}

async function askFfprobe(file: string, kind: UploadKind, signal?: AbortSignal): Promise<z.output<typeof answer>> {
  const { ffprobe } = await requireDecoder();
  const wanted = [
    'stream=codec_type,codec_name,width,height,avg_frame_rate,r_frame_rate,nb_frames,nb_read_packets,duration',
    ',sample_aspect_ratio,color_space:stream_side_data=rotation:format=duration',
  ].join('');
  const ask = ['-v', 'error', ...guardedInput(kind), '-count_packets', '-show_entries', wanted, '-of', 'json'];
  const { program, args } = limited(ffprobe, [...ask, '-i', file], { cpuSeconds: 30, addressBytes: ffmpegBytes });
  const output = await new Promise<string>((resolve, reject) => {
    const options = { timeout: 30_000, killSignal: 'SIGKILL', maxBuffer: 1 << 20, windowsHide: true, signal } as const;
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if (signal?.aborted) return reject(signal.reason);
      const says = 'This video cannot be read: it is damaged, or of a kind that Skein does not open. Export it as mp4.';
      reject(new MediaError('unsupported', says, { cause: error, detail: stderr.replaceAll(file, 'the upload') }));
    });
  });
  return answer.parse(JSON.parse(output));
}

/** A GIF counts in hundredths of a second: the whole rate that its length allows, or else the mean. */
function gifRate(frames: number, seconds: number): number {
  const mean = seconds ? frames / seconds : 0;
  const whole = Math.max(1, Math.round(mean));
  return Math.abs(frames / whole - seconds) <= 0.02 ? whole : mean;
}

function ratio(text: string | undefined): number {
  const [over = 0, under = 1] = (text ?? '').split('/').map(Number);
  const value = over / under;
  return Number.isFinite(value) && value > 0 ? value : 0;
}

/** Unlabelled films are meant as players take them: small ones in the old television colours, large ones in the new. */
function matrixOf(space: string | undefined, width: number): FilmFacts['matrix'] {
  if (space === 'bt709') return 'bt709';
  if (space?.startsWith('bt2020')) return 'bt2020';
  if (space === 'smpte170m' || space === 'bt470bg' || space === 'fcc') return 'bt601';
  return width >= 1280 ? 'bt709' : 'bt601';
}

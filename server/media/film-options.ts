/** The argument lists for each kind of film, as plain data: whatever runs ffmpeg can use them. */

/** How raw RGB is turned into limited-range bt709, and said so in the stream: the recipe that holds from the 2018 build to 9.0. */
const tags = '-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv'.split(' ');
const toBt709 = 'scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int';
const saidBt709 = 'setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv';

/** Nothing random and no date: the same frames give the same bytes. */
const exact = ['-fflags', '+bitexact', '-flags:v', '+bitexact', '-map_metadata:s', '-1', '-an'];

export interface FilmShape {
  width: number;
  height: number;
  fps: number;
  crf: number;
}

/** ffmpeg's arguments before `-i pipe:0` for RGB frames, 8 bits. */
export const rawFrames = ({ width, height, fps }: Omit<FilmShape, 'crf'>): string[] => [
  '-f',
  'rawvideo',
  '-pix_fmt',
  'rgb24',
  '-video_size',
  `${width}x${height}`,
  '-framerate',
  frameRate(fps),
];

/** Rates of television are fractions: 23.976 is meant as 24000/1001. */
export function frameRate(fps: number): string {
  const whole = Math.round(fps);
  const ntsc = (whole * 1000) / 1001;
  if (whole !== fps && Math.abs(fps - ntsc) < 0.002) return `${whole * 1000}/1001`;
  return String(Number(fps.toFixed(6)));
}

/** H.264 needs even sides. An odd picture gets its last column or row once more; nothing is scaled. */
export const evenSize = ({ width, height }: { width: number; height: number }) => ({
  width: width + (width % 2),
  height: height + (height % 2),
});

/** From RGB to what every player shows. */
export function mp4Filters(film: { width: number; height: number }): string {
  const even = evenSize(film);
  const right = even.width - film.width;
  const bottom = even.height - film.height;
  const grow =
    right || bottom
      ? ['format=yuv444p', `pad=${even.width}:${even.height}`, `fillborders=right=${right}:bottom=${bottom}:mode=smear`]
      : [];
  return [toBt709, ...grow, 'format=yuv420p', saidBt709].join(',');
}

/** How H.264 is written, whatever the pictures come from. */
export const mp4Encoding = (film: FilmShape): string[] => [
  ...exact,
  // Above a million pixels the slower preset costs twice the time for a few per cent of size.
  ...['-c:v', 'libx264', '-preset', film.width * film.height > 1_000_000 ? 'veryfast' : 'medium'],
  ...['-crf', String(Math.min(51, film.crf)), '-g', gop(film.fps), ...tags],
  ...['-movflags', '+faststart+use_metadata_tags'],
];

export const mp4Options = (film: FilmShape): string[] => [
  ...['-map', '0:v:0', '-map_metadata', '1', '-vf', mp4Filters(film)],
  ...mp4Encoding(film),
];

export const webmOptions = (film: FilmShape): string[] => [
  ...['-map', '0:v:0', '-map_metadata', '1', ...exact],
  ...['-vf', [toBt709, 'format=yuv420p', saidBt709].join(',')],
  ...['-c:v', 'libvpx-vp9', '-deadline', 'good', '-cpu-used', '4', '-row-mt', '1', '-b:v', '0'],
  ...['-crf', String(Math.min(63, film.crf)), '-g', gop(film.fps), ...tags],
];

/** A key frame every two seconds, so that a player can jump. */
const gop = (fps: number) => String(Math.max(1, Math.round(fps * 2)));

/** A fast lossless copy on the disk, for work that must see the frames twice. */
export const spoolOptions = ['-map', '0:v:0', '-an', '-c:v', 'libx264rgb', '-crf', '0', '-preset', 'ultrafast'];

const makePalette = 'palettegen=stats_mode=full';
/** Ordered dither: unlike error diffusion it stands still where the picture does. */
const usePalette = 'paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle';

/** Frames are all held until the palette is known: only for short clips. */
export const gifInOneGo = (loop: number): string[] => [
  ...['-filter_complex', `[0:v]split[a][b];[a]${makePalette}[p];[b][p]${usePalette}`],
  ...['-an', '-fflags', '+bitexact', '-loop', gifLoop(loop)],
];
export const paletteOptions = ['-map', '0:v:0', '-an', '-vf', makePalette, '-frames:v', '1', '-c:v', 'png'];
export const gifFromSpool = (loop: number): string[] => [
  ...['-filter_complex', `[0:v][1:v]${usePalette}`],
  ...['-an', '-fflags', '+bitexact', '-loop', gifLoop(loop)],
];

/** We count plays, 0 being for ever. GIF counts repeats after the first play, and says "once" by saying nothing. */
const gifLoop = (plays: number): string => String(plays === 0 ? 0 : plays === 1 ? -1 : plays - 1);

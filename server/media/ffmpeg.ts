import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MediaError } from './media-error';

const run = promisify(execFile);

/** An ffmpeg that was found, asked for its version and seen to have the encoders we write with. */
export interface FfmpegTools {
  ffmpeg: string;
  /** Absent when only ffmpeg was found: uploads cannot be probed then, films can still be written. */
  ffprobe?: string;
  version: string;
  source: 'FFMPEG_PATH' | 'PATH' | 'package';
  /** False for the old build from npm: it may write, but must not read what strangers upload. */
  decodes: boolean;
  /** What the status page should add. */
  note?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export type FfmpegSearch = { tools: FfmpegTools; problem?: undefined } | { tools?: undefined; problem: string };

const required = ['libx264', 'libvpx-vp9', 'gif'];
const install =
  'Install it (`apt-get install ffmpeg`, `brew install ffmpeg` or `winget install ffmpeg`), or set FFMPEG_PATH to an ffmpeg 5.1 or newer.';

let remembered: Promise<FfmpegSearch> | undefined;

/** The ffmpeg of this machine. A success is remembered; a failure is looked at afresh, so that installing ffmpeg mends it. */
export async function findFfmpeg(): Promise<FfmpegSearch> {
  remembered ??= searchFfmpeg(process.env);
  const found = await remembered;
  if (!found.tools) remembered = undefined;
  return found;
}

/** The same, for work that cannot go on without. Throws a `MediaError` that names what to install. */
export async function requireFfmpeg(): Promise<FfmpegTools> {
  const { tools, problem } = await findFfmpeg();
  if (!tools) throw new MediaError('ffmpeg-missing', problem);
  return tools;
}

/** For reading files from outside: needs ffprobe, and a decoder that is still looked after. */
export async function requireDecoder(): Promise<FfmpegTools & { ffprobe: string }> {
  const tools = await requireFfmpeg();
  if (!tools.decodes)
    throw new MediaError(
      'ffmpeg-missing',
      `The only ffmpeg here is an old build (${tools.version}) that is not safe for reading uploads. ${install}`,
    );
  if (!tools.ffprobe) throw new MediaError('ffmpeg-missing', `There is no ffprobe beside ${tools.ffmpeg}. ${install}`);
  return { ...tools, ffprobe: tools.ffprobe };
}

/**
 * Looks for ffmpeg: FFMPEG_PATH (an error if it does not work, never a silent fall-through), then PATH (5.1 or newer,
 * with H.264, VP9 and GIF encoders), then the optional npm package, which is good enough for writing only.
 */
export async function searchFfmpeg(env: Environment): Promise<FfmpegSearch> {
  if (env.FFMPEG_PATH) {
    if (!executable(env.FFMPEG_PATH))
      return { problem: `FFMPEG_PATH is "${env.FFMPEG_PATH}", which is not a program that can be run. ${install}` };
    const asked = await ask(env.FFMPEG_PATH);
    if (asked.problem !== undefined) return { problem: `FFMPEG_PATH: ${asked.problem} ${install}` };
    const ffprobe = env.FFPROBE_PATH ?? beside(env.FFMPEG_PATH) ?? onPath('ffprobe', env);
    return {
      tools: { ffmpeg: env.FFMPEG_PATH, ffprobe, version: asked.version, source: 'FFMPEG_PATH', decodes: true },
    };
  }
  const seen: string[] = [];
  const ffmpeg = onPath('ffmpeg', env);
  if (ffmpeg) {
    const asked = await ask(ffmpeg);
    if (asked.problem === undefined) {
      const ffprobe = env.FFPROBE_PATH ?? beside(ffmpeg) ?? onPath('ffprobe', env);
      return { tools: { ffmpeg, ffprobe, version: asked.version, source: 'PATH', decodes: true } };
    }
    seen.push(asked.problem);
  }
  const packaged = fromPackage('ffmpeg');
  if (packaged) {
    const asked = await ask(packaged, { anyAge: true });
    if (asked.problem === undefined) {
      const note = `Old build from npm: films can be written, but video uploads cannot be read. ${install}`;
      const ffprobe = fromPackage('ffprobe');
      return { tools: { ffmpeg: packaged, ffprobe, version: asked.version, source: 'package', decodes: false, note } };
    }
    seen.push(asked.problem);
  }
  return { problem: `No usable ffmpeg was found. ${[...seen, install].join(' ')}` };
}

type Asked = { version: string; problem?: undefined } | { problem: string };

/** Runs a program once to learn its age and its encoders. Ages are told by libavutil: git builds have no version number. */
async function ask(program: string, { anyAge = false } = {}): Promise<Asked> {
  try {
    const options = { timeout: 20_000, maxBuffer: 4 << 20, windowsHide: true };
    const tell = async (what: string) => (await run(program, ['-hide_banner', what], options)).stdout;
    const [about, table] = await Promise.all([tell('-version'), tell('-encoders')]);
    const version = /^ffmpeg version (\S+)/m.exec(about)?.[1] ?? 'unknown';
    const library = /^libavutil\s+(\d+)\.\s*(\d+)\./m.exec(about);
    const age = library ? Number(library[1]) * 1000 + Number(library[2]) : 0;
    if (!anyAge && age < 57_028) return { problem: `${program} is version ${version}; 5.1 or newer is needed.` };
    const encoders = encoderNames(table);
    const missing = required.filter((name) => !encoders.has(name));
    if (missing.length) return { problem: `${program} was built without ${missing.join(', ')}.` };
    return { version };
  } catch (error) {
    return { problem: `${program} does not run (${error instanceof Error ? error.message.split('\n')[0] : error}).` };
  }
}

/** Names in the table of `ffmpeg -encoders`: six flags, a name, a description. */
export const encoderNames = (table: string): Set<string> =>
  new Set([...table.matchAll(/^\s*[VAS][A-Z.]{5}\s+([^\s=]+)\s/gm)].map((row) => row[1] ?? ''));

const exe = process.platform === 'win32' ? '.exe' : '';

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(name: string, env: Environment): string | undefined {
  const folders = (env.PATH ?? env.Path ?? '').split(path.delimiter).filter(Boolean);
  return folders.map((folder) => path.join(folder, name + exe)).find(executable);
}

function beside(ffmpeg: string): string | undefined {
  const file = path.join(path.dirname(ffmpeg), `ffprobe${exe}`);
  return executable(file) ? file : undefined;
}

/** The optional npm package, looked for on the disk: a `require` would make bundlers carry 150 MB of programs along. */
function fromPackage(name: 'ffmpeg' | 'ffprobe'): string | undefined {
  const inside = path.join('node_modules', `@${name}-installer`, `${process.platform}-${process.arch}`, name + exe);
  const starts = [process.cwd(), path.dirname(fileURLToPath(import.meta.url))];
  const file = starts
    .flatMap(upwards)
    .map((folder) => path.join(folder, inside))
    .find((one) => existsSync(one));
  if (!file) return undefined;
  try {
    // Installed with --ignore-scripts the file may lack its mode.
    if (!executable(file)) chmodSync(file, 0o755);
    return file;
  } catch {
    return undefined;
  }
}

const upwards = (folder: string): string[] => {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
};

import { statSync } from 'node:fs';
import path from 'node:path';
import { DiskFull, isDiskFull } from '../store/blobs-errors';

/** What went wrong with a file, a picture or a film, for code that must tell cases apart. */
export type MediaFault =
  | 'ffmpeg-missing'
  | 'ffmpeg-failed'
  | 'ffmpeg-hung'
  | 'unsupported'
  | 'too-large'
  | 'broken'
  | 'bad-request'
  | 'slow'
  | 'busy';

/** A sentence with a next step; `detail` keeps what a tool said, for the log. */
export class MediaError extends Error {
  override name = 'MediaError';

  /** By name: Next bundles routes and what they share apart, each with a copy of this class. */
  static override [Symbol.hasInstance](error: unknown): error is MediaError {
    return error instanceof Error && error.name === 'MediaError';
  }

  constructor(
    readonly fault: MediaFault,
    message: string,
    readonly more: { cause?: unknown; detail?: string } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
  }
}

/** Turns "no space" errors of the file system into a sentence that names the volume; leaves everything else as it is. */
export function explainDisk(error: unknown, file: string): unknown {
  return isDiskFull(error) && !(error instanceof DiskFull) ? diskFull(file, error) : error;
}

/** The disk is full; `file` is what was being written, as far as it came. */
export function diskFull(file: string, cause: unknown): DiskFull {
  return new DiskFull(path.dirname(file), statSync(file, { throwIfNoEntry: false })?.size ?? 0, cause);
}

import fs from 'node:fs';

/** The bytes of a blob no longer match its name. */
export class BlobDamaged extends Error {
  readonly code = 'BLOB_DAMAGED';
  constructor(readonly sha256: string) {
    super(`Stored data ${sha256.slice(0, 12)}… is damaged on disk. Run again, or, if it is an upload, upload it anew.`);
    this.name = 'BlobDamaged';
  }
}

/** There is no blob of that name. */
export class BlobMissing extends Error {
  readonly code = 'BLOB_MISSING';
  constructor(readonly sha256: string) {
    super(`Stored data ${sha256.slice(0, 12)}… is no longer on disk. Run again, or upload it anew.`);
    this.name = 'BlobMissing';
  }
}

/** The volume has no room left. Says which one, and how much is free. */
export class DiskFull extends Error {
  readonly code = 'DISK_FULL';

  /** By name: Next bundles routes and what they share apart, each with a copy of this class. */
  static override [Symbol.hasInstance](error: unknown): error is DiskFull {
    return error instanceof Error && error.name === 'DiskFull';
  }

  constructor(
    readonly folder: string,
    readonly needed: number,
    cause: unknown,
  ) {
    super(
      `The disk is full: writing ${inMegabytes(needed)} to ${folder} failed with ${inMegabytes(freeBytes(folder))} free. ` +
        'Free some space or lower SKEIN_CACHE_BYTES, then run again: finished work is kept.',
      { cause },
    );
    this.name = 'DiskFull';
  }
}

/** Whether an error of the file system means that there is no room. */
export function isDiskFull(error: unknown): boolean {
  if (error instanceof DiskFull) return true;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Free bytes of the volume a folder lies on; 0 when that cannot be told. */
export function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

const inMegabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

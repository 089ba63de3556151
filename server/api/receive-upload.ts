import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { MediaError, type MediaFault } from '../media/media-error';
import { probeUpload } from '../media/probe-upload';
import { displayName } from '../safety/display-name';
import { type AssetSummary, addUpload } from '../store/assets';
import { writeAll } from '../store/blobs';
import { DiskFull, isDiskFull } from '../store/blobs-errors';
import type { Viewer } from '../store/database';
import { mediaStatus } from './media-status';
import { BadMultipart, boundaryOf, firstFile } from './multipart';
import type { Services } from './services';

/** A refusal with its HTTP status. */
export class UploadRefused extends Error {
  constructor(
    readonly status: 400 | 413 | 415 | 503 | 507,
    says: string,
    /** What was wrong with the file, for programs. */
    readonly code?: MediaFault,
  ) {
    super(says);
  }
}

/** Largest upload in bytes: `SKEIN_UPLOAD_BYTES`, else 1 GB. */
export const uploadLimit = (): number => Number(process.env['SKEIN_UPLOAD_BYTES']) || 1e9;

const tooLarge = () =>
  new UploadRefused(
    413,
    `This file is larger than ${(uploadLimit() / 1e6).toFixed(0)} MB, the most that is taken. Make it smaller, or raise SKEIN_UPLOAD_BYTES.`,
    'too-large',
  );

/**
 * Takes one file in: streamed to disk and hashed on the way, looked at by content, measured, then named. Nothing of a
 * refused file stays. Throws `UploadRefused`.
 */
export async function receiveUpload(services: Services, viewer: Viewer, request: Request): Promise<AssetSummary> {
  const boundary = boundaryOf(request.headers.get('content-type'));
  if (boundary === null || !request.body)
    throw new UploadRefused(415, 'Uploads come as multipart/form-data with one file. Choose a file in the page.');
  const { files } = services.cache;
  const scratch = files.scratch();
  const body = request.body[Symbol.asyncIterator]();
  try {
    // A little more than the file: the frame around it.
    if (Number(request.headers.get('content-length') ?? 0) > uploadLimit() + 65_536) throw tooLarge();
    const part = await firstFile(body, boundary);
    if (!part) throw new UploadRefused(400, 'There is no file in this upload. Choose one and send it again.');
    const written = await write(part.body, scratch);
    const { pictures } = services;
    const upload = await probeUpload(scratch, { pictures, signal: request.signal });
    const { as, mime, ending, width, height, frames, seconds } = upload;
    if (as === 'graph') throw new UploadRefused(415, 'This is a graph. Drop it on the canvas to open it.');
    await files.adopt(scratch, { known: written });
    if (upload.thumb) services.thumbs.keep(written.sha256, upload.thumb);
    const about = { mime, name: displayName(part.name, `upload.${ending}`), width, height, frames, seconds };
    return await addUpload(services.db, viewer, { ...written, ...about });
  } catch (error) {
    if (error instanceof BadMultipart) throw new UploadRefused(400, error.message);
    if (error instanceof DiskFull) throw new UploadRefused(507, error.message);
    if (error instanceof MediaError) throw new UploadRefused(mediaStatus(error.fault), error.message, error.fault);
    throw error;
  } finally {
    void drain(body);
    await fs.promises.rm(scratch, { force: true });
  }
}

/** A browser hears a refusal only when what it still sends is taken in; so it is, and thrown away, up to four times the limit. */
async function drain(body: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    for (let left = 4 * uploadLimit(); left > 0; ) {
      const { done, value } = await body.next();
      if (done) return;
      left -= value.length;
    }
    await body.return?.();
  } catch {
    // The sender has gone.
  }
}

async function write(body: AsyncIterable<Uint8Array>, file: string) {
  const hash = createHash('sha256');
  const limit = uploadLimit();
  let bytes = 0;
  const handle = await fs.promises.open(file, 'wx');
  try {
    for await (const chunk of body) {
      if (bytes + chunk.length > limit) throw tooLarge();
      hash.update(chunk);
      await writeAll(handle, chunk, bytes);
      bytes += chunk.length;
    }
  } catch (error) {
    throw isDiskFull(error) ? new DiskFull(file, bytes, error) : error;
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

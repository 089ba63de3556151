import os from 'node:os';
import { MediaError } from './media-error';
import { lookAt } from './picture-look';
import type { FromPictures, PictureJob } from './picture-process';
import { encodePicture } from './pictures';

/**
 * The process in which pictures of strangers are decoded, started by `picture-process.ts` under a limit of memory. It
 * knows no secrets, opens nothing but the files it is told to, and may be killed at any moment.
 */
async function work(job: PictureJob): Promise<FromPictures> {
  try {
    if (job.type === 'look') return { type: 'look', ...(await lookAt(job.file, job.kind)) };
    const { frame, width, height } = job;
    return { type: 'thumb', thumb: await encodePicture(frame, { width, height, format: 'webp' }) };
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return { type: 'refused', fault: error.fault, says: error.message, detail: error.more.detail };
  }
}

// Others come first: a page must not wait for pictures.
os.setPriority(5);
process.on('disconnect', () => process.exit());
process.on('message', (job: PictureJob) => {
  void work(job).then(tell);
});
tell({ type: 'ready' });

function tell(message: FromPictures): void {
  if (process.connected) process.send?.(message);
}

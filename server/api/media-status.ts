import type { MediaFault } from '../media/media-error';

/** Faults of this machine, or of the moment: the file may be as good as any. */
const ours: readonly MediaFault[] = ['busy', 'slow', 'ffmpeg-missing', 'ffmpeg-hung'];

/** The HTTP status for what went wrong with a picture or a film. */
export function mediaStatus(fault: MediaFault): 413 | 415 | 503 {
  if (fault === 'too-large') return 413;
  return ours.includes(fault) ? 503 : 415;
}

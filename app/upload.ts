import { z } from 'zod';

const stored = z.object({
  id: z.string(),
  sha256: z.string(),
  mime: z.string(),
  name: z.string(),
  /** More than one in a film and in an animated picture. */
  frames: z.number().nullish(),
});
export type Stored = z.output<typeof stored>;

const underWay = new Set<Promise<Stored>>();

/** Whether a file is on its way to the library. */
export const isUploading = (): boolean => underWay.size > 0;

/** Resolves when no file is on its way any more and whoever sent one has heard what became of it. */
export async function uploadsDone(): Promise<void> {
  while (underWay.size) await Promise.allSettled(underWay);
}

/**
 * Sends a file to the library. `onShare` hears how much has gone (0..1); XMLHttpRequest, because fetch cannot tell.
 * Rejects with the server's own sentence when it refuses the file.
 */
export function upload(file: File, onShare?: (share: number) => void): Promise<Stored> {
  const sent = send(file, onShare);
  underWay.add(sent);
  const forget = () => underWay.delete(sent);
  sent.then(forget, forget);
  return sent;
}

function send(file: File, onShare?: (share: number) => void): Promise<Stored> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/assets');
    request.setRequestHeader('x-skein', '1');
    request.upload.onprogress = ({ loaded, total }) => onShare?.(total ? loaded / total : 0);
    request.onerror = () => reject(new Error('The server did not answer. Is Skein still running?'));
    request.onload = () => {
      let body: unknown;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        body = {};
      }
      const parsed = stored.safeParse(body);
      if (request.status < 300 && parsed.success) return resolve(parsed.data);
      const refusal = z.object({ error: z.string() }).safeParse(body);
      reject(
        new Error(
          refusal.success ? refusal.data.error : `The server refused it (${request.status}). Try another file.`,
        ),
      );
    };
    const form = new FormData();
    form.set('file', file);
    request.send(form);
  });
}

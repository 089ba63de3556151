import os from 'node:os';
import { latentDistance } from '../../nodes/latent/latent-distance';
import type { LatentValue } from '../../nodes/values';
import { openCache } from '../store/blobs-cache';
import { compareFilms } from './compare-films';
import type { CompareJob, FromCompare, LatentPlace } from './compare-process';
import { MediaError } from './media-error';

/**
 * The process in which two films are decoded and measured, or two latents read, started by `compare-process.ts` under a
 * limit of memory. It may be killed at any moment: it leaves nothing behind.
 */
async function work(job: CompareJob): Promise<FromCompare> {
  if (job.type === 'films') return { type: 'done', result: await compareFilms(job.a, job.b, tell) };
  const [a, b] = await Promise.all([job.a, job.b].map((place) => readLatent(job.home, place)));
  return { type: 'done', result: { distance: latentDistance(a!, b!) } };
}

async function readLatent(home: string, { fingerprint, port }: LatentPlace): Promise<LatentValue> {
  const value = await openCache(home).look(fingerprint)?.value(port);
  if (value?.kind !== 'latent') throw new Error('A latent has just been let go. Run its graph again to have it back.');
  return value;
}

let told = 0;
async function tell(done: number, of: number): Promise<void> {
  if (performance.now() - told < 200) return;
  told = performance.now();
  process.send?.({ type: 'progress', done, of } satisfies FromCompare);
}

// Others come first: a page must not wait for figures.
os.setPriority(5);
process.on('disconnect', () => process.exit());
process.on('message', (job: CompareJob) => {
  work(job)
    .catch((error: unknown): FromCompare => {
      if (!(error instanceof MediaError) && job.type === 'films') console.error('compare:', error);
      return { type: 'refused', says: error instanceof Error ? error.message : String(error) };
    })
    .then((answer) => process.connected && process.send?.(answer));
});

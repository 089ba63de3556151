import fs from 'node:fs';
import { z } from 'zod';
import type { MadeWith } from '../../nodes/made-with';
import { versions } from '../inference/versions';
import { findFfmpeg } from '../media/ffmpeg';
import { madeHere } from '../media/made-here';
import type { WorkerReport } from '../queue/queue';
import { graphInput } from './inputs';
import type { Services } from './services';
import { procedure, router } from './trpc';

export interface SystemStatus {
  version: string;
  /** Devices as the worker found them by trying, absent while it is still trying. */
  devices: { provider: string; key: string; says: string }[];
  cache: { bytes: number; budget: number; entries: number };
  disk: { free: number; total: number };
  ffmpeg: { path: string; version: string; note?: string } | { problem: string };
  worker: { alive: boolean; busyRun?: string; pid?: number };
  /** How late this process came to its timers in the last ten seconds: 99 of 100 times less than so many ms. */
  web: { delayP99Ms: number };
}

async function status(services: Services): Promise<SystemStatus> {
  const worker: WorkerReport | undefined = services.queue.workers()[0];
  const { bavail, blocks, bsize } = await fs.promises.statfs(services.home);
  const { bytes, budget, entries } = await services.cache.size();
  const { tools, problem } = await findFfmpeg();
  return {
    version: versions().skein,
    devices: services.queue.workers().flatMap(({ device }) => device ?? []),
    cache: { bytes, budget, entries },
    disk: { free: bavail * bsize, total: blocks * bsize },
    ffmpeg: tools
      ? { path: tools.ffmpeg, version: tools.version, ...(tools.note ? { note: tools.note } : {}) }
      : { problem },
    worker: { alive: worker !== undefined, busyRun: worker?.run, pid: worker?.pid },
    web: { delayP99Ms: services.delay.p99() },
  };
}

export const system = router({
  status: procedure.query(({ ctx }) => status(ctx.services)),

  /** What this graph would be made with here, as the worker last reported its device. */
  makesWith: procedure.input(z.object({ graph: graphInput })).query(async ({ ctx, input }): Promise<MadeWith> => {
    const { services } = ctx;
    const key = services.device();
    const [provider = key] = key.split('/');
    const device = services.queue.workers().flatMap(({ device }) => device ?? [])[0] ?? { provider, key, says: '' };
    return madeHere(input.graph, { models: await services.library.models(), device });
  }),

  /** Forgets all results that can be made again, but those a run needs right now; files of the gallery stay. */
  clearCache: procedure.mutation(async ({ ctx }) => {
    const before = (await ctx.services.cache.size()).bytes;
    return { freed: before - (await ctx.services.cache.trim(0)) };
  }),
});

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelPart } from '../../nodes/values';
import type { Where } from './families/family';
import type { Forward, ForwardFigures, ForwardSize } from './families/forward';
import { familyForwards } from './families/forwards-registry';
import { type MemoryPeak, type MemoryWatch, watchMemory } from './memory-watch';
import { gflopOf, type Kernel, operatorsOnCpu, readProfiles } from './profile';

/** What one forward of one part gave and took. */
export interface PartCheck extends ForwardFigures {
  part: ModelPart;
  name: string;
  input: string;
  /** Until it could be run; where sessions live as long as a run, that is part of the run. */
  openSeconds: number;
  /** The first run reads the weights from the disk; the second one is what a step takes. */
  firstSeconds: number;
  seconds: number;
  /** Of matrix products, convolutions and attention in one run, in 10⁹ operations. */
  gflop: number;
  /** Execution providers, with the number of operators each ran. */
  providers: Record<string, number>;
  /** Operators that the CPU ran although another device was asked for. */
  onCpu: string[];
  /** The highest while it was open, beyond what the process had before. */
  peak: MemoryPeak;
  /** Why the figures are not to be trusted. */
  says?: string;
}

/** Runs every part of a model twice, one after another, and yields what each gave and took. */
export async function* checkModel(where: Where, size: ForwardSize): AsyncGenerator<PartCheck> {
  const forwards = familyForwards[where.card.family];
  if (!forwards) throw new Error(`Nothing here runs a model of the family "${where.card.family}".`);
  const memory = await watchMemory();
  const profiles = await mkdtemp(join(tmpdir(), 'skein-check-'));
  try {
    for (const forward of forwards({ ...where, device: { ...where.device, profiles } }, size)) {
      yield await checkPart(forward, { memory, profiles });
    }
  } finally {
    await memory.stop();
    await rm(profiles, { recursive: true, force: true });
  }
}

const runs = 2;

async function checkPart(
  { open, ...about }: Forward,
  { memory, profiles }: { memory: MemoryWatch; profiles: string },
): Promise<PartCheck> {
  const before = await memory.reset();
  const [opened, openSeconds] = await timed(open);
  try {
    const [first, firstSeconds] = await timed(opened.run);
    const [figures, seconds] = await timed(opened.run);
    const { resident, private: own } = memory.peak();
    await opened.release();
    const kernels = await takeProfiles(profiles);
    const says = doubt(first, figures);
    return {
      ...about,
      ...figures,
      openSeconds,
      firstSeconds,
      seconds,
      gflop: gflopOf(kernels) / runs,
      providers: providersOf(kernels),
      onCpu: operatorsOnCpu(kernels),
      peak: {
        resident: resident - before.resident,
        ...(own === undefined ? {} : { private: own - (before.private ?? 0) }),
      },
      ...(says ? { says } : {}),
    };
  } finally {
    await opened.release();
  }
}

/** What sessions left there; the folder is empty for the next part. */
async function takeProfiles(folder: string): Promise<Kernel[]> {
  const kernels = await readProfiles(folder);
  for (const file of await readdir(folder)) await rm(join(folder, file));
  return kernels;
}

async function timed<T>(doIt: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await doIt();
  return [result, (performance.now() - start) / 1000];
}

function doubt(first: ForwardFigures, second: ForwardFigures): string | undefined {
  if (!Number.isFinite(second.sumOfSizes)) {
    return 'Its result is not a number. Take fp32 or bf16 weights, or download the file again.';
  }
  if (first.sumOfSizes === second.sumOfSizes) return undefined;
  return `Two runs of the same input differ (Σ|x| ${first.sumOfSizes} and ${second.sumOfSizes}). The device computes wrongly: choose another.`;
}

function providersOf(kernels: readonly Kernel[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { provider } of kernels) {
    const name = provider.replace('ExecutionProvider', '').toLowerCase();
    counts[name] = (counts[name] ?? 0) + 1 / runs;
  }
  return counts;
}

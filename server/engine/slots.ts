import { Cancelled } from './failures';

/** A gate that lets a few through at once, the one with the lowest rank first. */
export interface Slots {
  /** Runs `work` once there is room. Rejects with `Cancelled` when the signal aborts before its turn. */
  run<T>(rank: number, work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  rank: number;
  go(): void;
  leave(): void;
}

export function openSlots(size: number, signal: AbortSignal): Slots {
  const waiting: Waiting[] = [];
  let taken = 0;
  let isPending = false;

  // Admission waits for the end of this turn of the loop: a finished result reaches those who need it, and of all that
  // are ready then the best ranked goes first.
  const admit = () => {
    isPending = false;
    waiting.sort((a, b) => a.rank - b.rank);
    while (taken < size && waiting.length) {
      taken += 1;
      waiting.shift()!.go();
    }
  };
  const admitSoon = () => {
    if (isPending || taken >= size || !waiting.length) return;
    isPending = true;
    setImmediate(admit);
  };
  signal.addEventListener('abort', () => {
    for (const one of waiting.splice(0)) one.leave();
  });

  return {
    async run(rank, work) {
      if (signal.aborted) throw new Cancelled();
      await new Promise<void>((resolve, reject) => {
        waiting.push({ rank, go: resolve, leave: () => reject(new Cancelled()) });
        admitSoon();
      });
      try {
        return await work();
      } finally {
        taken -= 1;
        admitSoon();
      }
    },
  };
}

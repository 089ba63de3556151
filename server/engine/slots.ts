import { Cancelled } from './failures';

/** A gate that lets a few through at once, the one with the lowest rank first. */
export interface Slots {
  /**
   * Runs `work` once there is room. `prepare` is called before, as soon as nobody who waits ranks better. Rejects with
   * `Cancelled` when the signal aborts before its turn.
   */
  run<T>(turn: Turn, work: () => Promise<T>): Promise<T>;
}

interface Turn {
  rank: number;
  signal: AbortSignal;
  prepare?(): void;
}

interface Waiting {
  rank: number;
  prepare?: (() => void) | undefined;
  go(): void;
}

export function openSlots(size: number): Slots {
  const waiting: Waiting[] = [];
  let taken = 0;
  let isPending = false;

  // Admission waits for the end of this turn of the loop: a finished result reaches those who need it, and of all that
  // are ready then the best ranked goes first.
  const admit = () => {
    isPending = false;
    while (taken < size && waiting.length) {
      taken += 1;
      waiting.shift()!.go();
    }
    prepareFirst();
  };
  const prepareFirst = () => {
    const [first] = waiting;
    first?.prepare?.();
    if (first) first.prepare = undefined;
  };
  const admitSoon = () => {
    if (isPending || taken >= size || !waiting.length) return;
    isPending = true;
    setImmediate(admit);
  };

  const turn = ({ rank, signal, prepare }: Turn) =>
    new Promise<void>((resolve, reject) => {
      const leave = () => {
        waiting.splice(waiting.indexOf(one), 1);
        reject(new Cancelled());
      };
      const go = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const one: Waiting = { rank, prepare, go };
      waiting.push(one);
      waiting.sort((a, b) => a.rank - b.rank);
      signal.addEventListener('abort', leave, { once: true });
      prepareFirst();
      admitSoon();
    });

  return {
    async run(at, work) {
      if (at.signal.aborted) throw new Cancelled();
      await turn(at);
      try {
        return await work();
      } finally {
        taken -= 1;
        admitSoon();
      }
    },
  };
}

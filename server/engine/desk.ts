import { Cancelled } from './failures';
import { openSlots, type Slots } from './slots';

/**
 * What runs that go on at the same time share: the one device they take turns at, earlier runs first, and word of what each
 * is making, so that nothing is made twice. Two cells of a sweep then overlap: one is being written to its file while the
 * next is denoised.
 */
export interface Desk {
  device: Slots;
  /** Begins a run: its pieces rank from the number it gets, behind those of all runs before it. */
  begin(): number;
  /** Resolves when no run is making this result any more, however that ended. Rejects with `Cancelled`. */
  others(fingerprint: string, signal: AbortSignal): Promise<void> | null;
  /** Says that a result is being made until the answer is called. */
  announce(fingerprint: string): () => void;
}

/** More pieces than a graph can have nodes. */
const apart = 1e6;

export function openDesk(): Desk {
  let begun = 0;
  const making = new Map<string, Promise<void>>();
  return {
    device: openSlots(1),
    begin: () => apart * begun++,
    others(fingerprint, signal) {
      const other = making.get(fingerprint);
      return other ? Promise.race([other, cancelled(signal)]) : null;
    },
    announce(fingerprint) {
      let end = () => {};
      const made = new Promise<void>((resolve) => {
        end = resolve;
      });
      making.set(fingerprint, made);
      return () => {
        if (making.get(fingerprint) === made) making.delete(fingerprint);
        end();
      };
    },
  };
}

const cancelled = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(new Cancelled());
    else signal.addEventListener('abort', () => reject(new Cancelled()), { once: true });
  });

import type { RunEvent } from '../../nodes/events';
import type { Viewer } from '../store/database';

/** A listener that fell this far behind is cut off; it comes back and reads what it missed from the database. */
const backlogAllowed = 5000;

interface Listener {
  ownerId: string;
  waiting: RunEvent[];
  wake: () => void;
  cut: boolean;
}

const spot = (event: RunEvent) => (event.type === 'node.progress' ? `${event.run} ${event.node}` : null);

/**
 * Everything that happens to runs, live, in this process. Stored events come after they are stored; of progress only the
 * latest of each node is kept for a listener that is slow or late.
 */
export class RunFeed {
  #listeners = new Set<Listener>();
  #progress = new Map<string, { ownerId: string; event: RunEvent }>();

  /** Tells all listeners of this owner. Order is kept. */
  publish(ownerId: string, events: readonly RunEvent[]): void {
    for (const event of events) {
      this.#remember(ownerId, event);
      for (const listener of this.#listeners) {
        if (listener.ownerId !== ownerId || listener.cut) continue;
        offer(listener, event);
        listener.wake();
      }
    }
  }

  /** The latest progress of every node that is running. */
  progress(viewer: Viewer): RunEvent[] {
    return [...this.#progress.values()].filter((one) => one.ownerId === viewer.ownerId).map((one) => one.event);
  }

  /**
   * Listens from the moment of the call, not of the first read: nothing falls between replay and live. Ends when
   * `signal` is aborted or the listener fell too far behind.
   */
  listen(viewer: Viewer, signal: AbortSignal): AsyncIterable<RunEvent> {
    const listener: Listener = { ownerId: viewer.ownerId, waiting: [], wake: () => {}, cut: false };
    this.#listeners.add(listener);
    const stop = () => {
      this.#listeners.delete(listener);
      listener.cut = true;
      listener.wake();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    return read(listener, stop);
  }

  /** Ends every stream, so that the server can stop. */
  close(): void {
    for (const listener of this.#listeners) {
      listener.cut = true;
      listener.wake();
    }
    this.#listeners.clear();
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  #remember(ownerId: string, event: RunEvent): void {
    const at = spot(event);
    if (at) this.#progress.set(at, { ownerId, event });
    else if ('node' in event && event.node) this.#progress.delete(`${event.run} ${event.node}`);
    if (!event.type.startsWith('run.') || event.type === 'run.queued') return;
    for (const key of this.#progress.keys()) if (key.startsWith(`${event.run} `)) this.#progress.delete(key);
  }
}

function offer(listener: Listener, event: RunEvent): void {
  const at = spot(event);
  const last = at ? listener.waiting.findLastIndex((old) => old.run === event.run && spot(old) === at) : -1;
  const newer = last >= 0 && !listener.waiting.slice(last + 1).some((old) => old.run === event.run && !spot(old));
  if (newer) listener.waiting[last] = event;
  else listener.waiting.push(event);
  if (listener.waiting.length > backlogAllowed) listener.cut = true;
}

async function* read(listener: Listener, stop: () => void): AsyncGenerator<RunEvent> {
  try {
    for (;;) {
      while (listener.waiting.length && !listener.cut) {
        // Just looked: there is one.
        yield listener.waiting.shift() as RunEvent;
      }
      if (listener.cut) return;
      await new Promise<void>((resolve) => {
        listener.wake = resolve;
      });
    }
  } finally {
    stop();
  }
}

import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late this process comes to its timers. */
export interface LoopDelay {
  /** 99th percentile in ms of the last 5 to 10 seconds. */
  p99(): number;
  stop(): void;
}

const windowMs = 5_000;
/** The histogram counts from one tick to the next; a tick that comes in time comes after so many ms. */
const tickMs = 10;

/** Watches the event loop: it must stay free while a run computes elsewhere. */
export function watchLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: tickMs });
  histogram.enable();
  const now = () => Math.max(0, histogram.percentile(99) / 1e6 - tickMs);
  let before = 0;
  const timer = setInterval(() => {
    before = now();
    histogram.reset();
  }, windowMs);
  timer.unref();
  return {
    p99: () => Math.round(Math.max(before, now()) * 10) / 10,
    stop() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

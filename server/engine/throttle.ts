/**
 * Lets the first call through at once and then one per `milliseconds`, always the latest; `cancel` drops what waits.
 * Progress goes through it, so that a node with a thousand steps a second does not flood the wire.
 */
export function throttle<T>(milliseconds: number, tell: (value: T) => void): { tell(value: T): void; cancel(): void } {
  let last = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let latest: T;
  const send = () => {
    timer = undefined;
    last = performance.now();
    tell(latest);
  };
  return {
    tell(value) {
      latest = value;
      const wait = last + milliseconds - performance.now();
      if (timer) {
        // The loop may have been blocked past the timer's time.
        if (wait > 0) return;
        clearTimeout(timer);
        send();
      } else if (wait <= 0) send();
      else timer = setTimeout(send, wait);
    },
    cancel() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

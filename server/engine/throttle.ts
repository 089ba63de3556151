/**
 * Lets the first call through at once and then one per `milliseconds`, always the latest; `merge` may save something of
 * one that would be skipped, and `cancel` drops what waits. So a node with a thousand steps a second floods no wire.
 */
export function throttle<T>(
  milliseconds: number,
  to: { tell(value: T): void; merge(waiting: T, next: T): T },
): { tell(value: T): void; cancel(): void } {
  let last = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let waiting: { value: T } | undefined;
  const send = () => {
    clearTimeout(timer);
    timer = undefined;
    last = performance.now();
    const { value } = waiting!; // `send` is called or scheduled only after it was set
    waiting = undefined;
    to.tell(value);
  };
  return {
    tell(value) {
      waiting = { value: waiting ? to.merge(waiting.value, value) : value };
      const left = last + milliseconds - performance.now();
      // A blocked event loop delays timers: when the time has passed, do not wait for one.
      if (left <= 0) send();
      else timer ??= setTimeout(send, left);
    },
    cancel() {
      clearTimeout(timer);
      timer = undefined;
      waiting = undefined;
    },
  };
}

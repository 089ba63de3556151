/** Keeps something open while work is going on in it: `close` waits for the last piece of work that has begun. */
export class InUse {
  private readonly working = new Set<Promise<unknown>>();

  constructor(private readonly closeNow: () => Promise<void>) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    const going = work();
    this.working.add(going);
    try {
      return await going;
    } finally {
      this.working.delete(going);
    }
  }

  async close(): Promise<void> {
    while (this.working.size) await Promise.allSettled(this.working);
    await this.closeNow();
  }
}

/** Over how long a speed is taken, in milliseconds. */
const windowMs = 8000;

/** Bytes per second of something that grows, over the last few seconds. */
export class Speed {
  private seen: { at: number; bytes: number }[] = [];

  note(bytes: number, at = Date.now()): void {
    // What was there already did not come with any speed.
    if (this.seen.length && at - this.seen.at(-1)!.at < 100) return;
    this.seen.push({ at, bytes });
    while (this.seen.length > 2 && at - this.seen[0]!.at > windowMs) this.seen.shift();
  }

  /** Null as long as nothing can be said. */
  perSecond(now = Date.now()): number | null {
    const [first, last] = [this.seen[0], this.seen.at(-1)];
    if (!first || !last || last.at - first.at < 300) return null;
    return ((last.bytes - first.bytes) / Math.max(1, Math.max(last.at, now - 1000) - first.at)) * 1000;
  }
}

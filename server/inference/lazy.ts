/** Something that is opened when it is first needed. A failure is not kept: the next call tries again. */
export class Lazy<T> {
  private opened: Promise<T> | undefined;

  constructor(private readonly open: () => Promise<T>) {}

  get(): Promise<T> {
    this.opened ??= this.open().catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  /** Closes what is open, if anything; a later `get` opens it anew. */
  async close(release: (value: T) => Promise<void>): Promise<void> {
    const { opened } = this;
    this.opened = undefined;
    // A failed opening was told to whoever asked for it.
    const value = await opened?.then(
      (found) => ({ found }),
      () => undefined,
    );
    if (value) await release(value.found);
  }
}

/** What a player leads: one film, or many on one clock. */
export interface Playable {
  /** Seconds in the film. */
  readonly time: number;
  readonly seconds: number;
  readonly fps: number;
  readonly isPlaying: boolean;
  play(): void;
  pause(): void;
  seek(time: number): void;
  /** Called whenever something has changed, many times a second while it plays, until the answer is called. */
  listen(listener: () => void): () => void;
}

/** A `<video>` that plays by itself, as smoothly as the browser can. It is followed only while somebody listens. */
export class OneFilm implements Playable {
  /** @param frames how many it has, where that is known. */
  constructor(
    private readonly find: () => HTMLVideoElement | null,
    private readonly frames = 100,
  ) {}

  get time(): number {
    return this.find()?.currentTime ?? 0;
  }
  get seconds(): number {
    const { duration = 0 } = this.find() ?? {};
    return Number.isFinite(duration) ? duration : 0;
  }
  get fps(): number {
    return this.seconds ? this.frames / this.seconds : 1;
  }
  get isPlaying(): boolean {
    return this.find()?.paused === false;
  }

  play(): void {
    void this.find()
      ?.play()
      .catch(() => undefined);
  }
  pause(): void {
    this.find()?.pause();
  }
  seek(time: number): void {
    const film = this.find();
    if (film && this.seconds) film.currentTime = Math.max(0, Math.min(this.seconds - 0.001, time));
  }
  listen(listener: () => void): () => void {
    let turn = 0;
    const follow = () => {
      listener();
      turn = requestAnimationFrame(follow);
    };
    follow();
    return () => cancelAnimationFrame(turn);
  }
}

export const toggle = (film: Playable): void => (film.isPlaying ? film.pause() : film.play());

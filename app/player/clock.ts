import type { Playable } from './playable';

/** What the clock needs of a film. A `<video>` is one; so is anything that can show a moment when it is told to. */
export type TimedFilm = Pick<
  HTMLVideoElement,
  | 'currentTime'
  | 'duration'
  | 'ended'
  | 'error'
  | 'loop'
  | 'muted'
  | 'paused'
  | 'playbackRate'
  | 'readyState'
  | 'seeking'
> & {
  play(): Promise<void>;
  pause(): void;
  /** It plays nothing by itself: it is told the time with every drawing. */
  isLed?: true;
};

/**
 * One clock for many films. They play by themselves, as browsers do best; every drawn frame the clock looks whether one
 * has run ahead or fallen behind, and nudges it by its speed, or sets it right when it is a whole frame off. At the end all
 * go back to the beginning together, and none starts before the slowest is there.
 */
export class Clock implements Playable {
  /** Seconds in the film. */
  time = 0;
  isPlaying = true;
  speed = 1;
  #films = new Map<TimedFilm, number>();
  #listeners = new Set<() => void>();
  #frame = 0;
  #last = 0;
  /** Going back to the beginning: until then nobody plays. */
  #waiting = 0;

  /** Takes a film of so many frames per second in; the answer lets it go. */
  add(film: TimedFilm, fps: number): () => void {
    film.muted = true;
    film.loop = false;
    this.#films.set(film, fps);
    if (!this.#frame) this.#go();
    return () => {
      this.#films.delete(film);
      if (this.#films.size) return;
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
    };
  }

  get seconds(): number {
    return Math.max(0, ...[...this.#films.keys()].map(({ duration }) => (Number.isFinite(duration) ? duration : 0)));
  }

  get fps(): number {
    return Math.max(1, ...this.#films.values());
  }

  /** Called whenever something about the clock has changed, many times a second while it plays. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  play(): void {
    this.isPlaying = true;
    this.#last = performance.now();
    this.#tell();
  }

  pause(): void {
    this.isPlaying = false;
    for (const film of this.#films.keys()) film.pause();
    this.seek(this.time);
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    this.#tell();
  }

  seek(time: number): void {
    this.time = Math.min(Math.max(0, time), this.seconds);
    for (const film of this.#films.keys()) set(film, this.time);
    this.#tell();
  }

  /** So many frames on or back; holds the films. */
  step(frames: number): void {
    if (this.isPlaying) this.pause();
    const count = Math.round(this.seconds * this.fps);
    const now = Math.min(count - 1, Math.floor(this.time * this.fps + 1e-6));
    // In the middle of the frame: no rounding then shows its neighbour.
    this.seek(((((now + frames) % count) + count) % count) / this.fps + 0.5 / this.fps);
  }

  #go = (): void => {
    this.#frame = requestAnimationFrame(this.#go);
    const now = performance.now();
    const passed = Math.min(0.25, (now - this.#last) / 1000);
    this.#last = now;
    if (!this.isPlaying) return;
    if (this.#waiting) {
      const isThere = [...this.#films.keys()].every((film) => film.error || (!film.seeking && film.readyState >= 2));
      // One that never comes must not hold all others.
      if (!isThere && now - this.#waiting < 3000) return;
      this.#waiting = 0;
    } else this.time += passed * this.speed;
    if (this.time >= this.seconds) this.#begin(now);
    else for (const [film, fps] of this.#films) this.#keep(film, fps);
    this.#tell();
  };

  #begin(now: number): void {
    this.time = 0;
    if (!this.seconds) return;
    this.#waiting = now;
    for (const film of this.#films.keys()) {
      film.pause();
      set(film, 0);
    }
  }

  #keep(film: TimedFilm, fps: number): void {
    if (film.error || film.readyState < 2 || film.seeking) return;
    if (this.time >= film.duration) return; // shorter than the others: it waits at its last frame
    if (film.isLed) {
      set(film, this.time);
      return;
    }
    const ahead = (film.currentTime - this.time) * fps;
    if (Math.abs(ahead) > 0.75) set(film, this.time);
    // Half a second to make up for a frame.
    const rate = Math.abs(ahead) > 0.1 ? this.speed * (1 - Math.max(-0.5, Math.min(0.5, ahead * 0.5))) : this.speed;
    if (Math.abs(film.playbackRate - rate) > 0.01) film.playbackRate = Math.max(0.0625, rate);
    if (film.paused && !film.ended) void film.play().catch(() => undefined);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function set(film: TimedFilm, time: number): void {
  if (!Number.isFinite(film.duration)) return;
  film.currentTime = Math.min(time, Math.max(0, film.duration - 0.001));
}

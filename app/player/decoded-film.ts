import type { TimedFilm } from './clock';

/** Whether this browser decodes animations for us, picture by picture. */
export const decodesAnimations = () => typeof ImageDecoder !== 'undefined';

/**
 * A GIF or an animated WebP as a film that goes by a clock: it plays nothing by itself, it shows on its canvas the picture
 * that belongs to the moment it is set to. Pictures are decoded as they are wanted.
 */
export class DecodedFilm implements TimedFilm {
  duration = Number.NaN;
  readyState = 0;
  playbackRate = 1;
  readonly isLed = true;
  readonly paused = false;
  readonly ended = false;
  readonly seeking = false;
  muted = true;
  loop = false;
  error: MediaError | null = null;
  #time = 0;
  #count = 0;
  #decoder: ImageDecoder | undefined;
  #shown = -1;
  #isAtWork = false;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    /** Pictures per second; where it is not given, by what the first picture says of itself. */
    public fps = 0,
  ) {}

  /** Reads the file. Rejects when it cannot be decoded. */
  async open(url: string, type: string, signal: AbortSignal): Promise<void> {
    const answer = await fetch(url, { signal });
    if (!answer.ok || !answer.body) throw new Error(`The file could not be read (${answer.status}).`);
    this.#decoder = new ImageDecoder({ data: answer.body, type });
    await this.#decoder.completed;
    this.#count = this.#decoder.tracks.selectedTrack?.frameCount ?? 0;
    if (!this.#count) throw new Error('The file shows nothing.');
    const { image } = await this.#decoder.decode();
    this.fps ||= image.duration ? 1e6 / image.duration : 10;
    image.close();
    this.duration = this.#count / this.fps;
    await this.#show();
    this.readyState = 4;
  }

  close(): void {
    this.#decoder?.close();
    this.#decoder = undefined;
  }

  get currentTime(): number {
    return this.#time;
  }

  set currentTime(time: number) {
    this.#time = time;
    void this.#show();
  }

  play = (): Promise<void> => Promise.resolve();
  pause(): void {}

  /** Draws the picture of the present moment; while one is decoded, only the last that is asked for waits. */
  async #show(): Promise<void> {
    const wanted = () => Math.min(this.#count - 1, Math.floor(this.#time * this.fps + 1e-6));
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    try {
      while (this.#decoder && wanted() !== this.#shown) {
        const frameIndex = wanted();
        const { image } = await this.#decoder.decode({ frameIndex });
        if (this.canvas.width !== image.displayWidth) this.canvas.width = image.displayWidth;
        if (this.canvas.height !== image.displayHeight) this.canvas.height = image.displayHeight;
        const pen = this.canvas.getContext('2d');
        pen?.clearRect(0, 0, this.canvas.width, this.canvas.height);
        pen?.drawImage(image, 0, 0);
        image.close();
        this.#shown = frameIndex;
        this.canvas.dispatchEvent(new Event('seeked'));
      }
    } catch {
      // Closed meanwhile, or one picture that is damaged: the one before stays.
    } finally {
      this.#isAtWork = false;
    }
  }
}

import { openFilm } from './decode';
import { MediaError } from './media-error';
import type { PictureReaders } from './picture-process';
import { sniffFile } from './probe-upload';
import { uploadKinds } from './sniff';
import { thumbSide } from './thumb-size';

/** Thumbnails in memory: 10 KB each. */
const kept = 300;

/** Small WebPs of pictures and of the first frames of films, by the digest of the file. Made once, in other processes. */
export class Thumbs {
  private readonly made = new Map<string, Promise<Uint8Array>>();

  constructor(private readonly pictures: PictureReaders) {}

  /** `file` holds the bytes of that digest. Throws MediaError when no picture can be made of it, or not now. */
  get(sha256: string, file: string): Promise<Uint8Array> {
    const known = this.made.get(sha256);
    if (known) return known;
    const thumb = this.make(file);
    this.keep(sha256, thumb);
    // Not remembered: what was wrong may pass.
    thumb.catch(() => this.made.delete(sha256));
    return thumb;
  }

  /** Remembers one that was made on the way. */
  keep(sha256: string, thumb: Uint8Array | Promise<Uint8Array>): void {
    this.made.set(sha256, Promise.resolve(thumb));
    const oldest = this.made.keys().next();
    if (this.made.size > kept && !oldest.done) this.made.delete(oldest.value);
  }

  private async make(file: string): Promise<Uint8Array> {
    const kind = await sniffFile(file);
    if (uploadKinds[kind].as === 'image') return (await this.pictures.look(file, kind)).thumb;
    const film = await openFilm({ file, kind }, { count: 1, longest: thumbSide });
    for await (const frame of film.read()) return this.pictures.encode(frame, film);
    throw new MediaError('broken', 'This film has no pictures in it. Open the file itself.');
  }
}

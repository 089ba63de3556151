/** One file of a multipart body. `body` must be read to its end before anything else is asked. */
export interface FilePart {
  field: string;
  name: string;
  body: AsyncIterable<Uint8Array>;
}

/** The body is not what it says it is. */
export class BadMultipart extends Error {
  override name = 'BadMultipart';
}

const headLimit = 16 * 1024;

/** The boundary in a Content-Type header; null when it is not multipart/form-data. */
export function boundaryOf(contentType: string | null): string | null {
  const match = /^multipart\/form-data;.*?boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? '');
  return match?.[1] ?? match?.[2] ?? null;
}

/**
 * The first file of a multipart/form-data body, as a stream (RFC 7578): a film need not fit into memory. Fields before it
 * are skipped. Null when there is no file. Throws `BadMultipart` when the body is not in order.
 */
export async function firstFile(source: AsyncIterator<Uint8Array>, boundary: string): Promise<FilePart | null> {
  const reader = new PartReader(source, Buffer.from(`\r\n--${boundary}`, 'latin1'));
  for await (const _ of reader.untilDelimiter()) {
    // What stands before the first part means nothing.
  }
  for (;;) {
    const head = await reader.head();
    if (head === null) return null;
    const disposition = /^content-disposition:\s*form-data;(.*)$/im.exec(head)?.[1] ?? '';
    const field = parameter(disposition, 'name') ?? '';
    const name = parameter(disposition, 'filename');
    const body = reader.untilDelimiter();
    if (name !== null) return { field, name, body };
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > headLimit) throw new BadMultipart('A form field is too long.');
    }
  }
}

function parameter(disposition: string, key: string): string | null {
  const match = new RegExp(`[;\\s]${key}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(disposition);
  // Browsers write quotes and line breaks in names as %22, %0D and %0A.
  return match?.[1]?.replace(/\\(.)/g, '$1').replace(/%(22|0D|0A)/gi, (_, hex) => (hex === '22' ? '"' : ' ')) ?? null;
}

class PartReader {
  // As if the body began with a line break, so that the first delimiter looks like all others.
  #held: Buffer = Buffer.from('\r\n', 'latin1');

  constructor(
    private readonly source: AsyncIterator<Uint8Array>,
    private readonly delimiter: Buffer,
  ) {}

  async #more(): Promise<void> {
    const { done, value } = await this.source.next();
    if (done) throw new BadMultipart('The upload broke off before its end. Send it once more.');
    this.#held = this.#held.length ? Buffer.concat([this.#held, value]) : Buffer.from(value);
  }

  /** Bytes up to the next delimiter, which is passed over. */
  async *untilDelimiter(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const end = this.#held.indexOf(this.delimiter);
      if (end >= 0) {
        if (end > 0) yield this.#held.subarray(0, end);
        this.#held = this.#held.subarray(end + this.delimiter.length);
        return;
      }
      // The end of what we hold may be the beginning of a delimiter.
      const safe = this.#held.length - this.delimiter.length + 1;
      if (safe > 0) {
        yield this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
      }
      await this.#more();
    }
  }

  /** The headers of the next part; null after the last one. */
  async head(): Promise<string | null> {
    for (;;) {
      if (this.#held.subarray(0, 2).toString('latin1') === '--') return null;
      const end = this.#held.indexOf('\r\n\r\n');
      if (end >= 0) {
        const head = this.#held.subarray(0, end).toString('utf8');
        this.#held = this.#held.subarray(end + 4);
        return head;
      }
      if (this.#held.length > headLimit) throw new BadMultipart('The headers of a part are too long.');
      await this.#more();
    }
  }
}

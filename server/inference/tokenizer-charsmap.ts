const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** UTF-16 units that are cut into clusters at a time. */
const window = 512;

/** Grapheme clusters from this many UTF-8 bytes on are looked up character by character; the trained pipelines do so. */
const longCluster = 6;

/**
 * The `precompiled_charsmap` of a SentencePiece normaliser: a Darts double-array trie over UTF-8 bytes
 * (Yata, https://github.com/s-yata/darts-clone) followed by the replacement texts, each ended by a zero byte.
 * Behaves as the Rust tokenizers' `Precompiled` does, which the published fast tokenizers were made with.
 */
export class Charsmap {
  private readonly units: Uint32Array;
  private readonly texts: Uint8Array;
  private readonly known = new Map<string, string | undefined>();

  constructor(base64: string) {
    const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
    const view = new DataView(bytes.buffer);
    const size = bytes.length < 4 ? Number.NaN : view.getUint32(0, true);
    if (!(size % 4 === 0 && size > 0 && 4 + size <= bytes.length)) {
      throw new Error('The precompiled_charsmap in tokenizer.json is damaged. Fetch tokenizer.json again.');
    }
    this.units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.texts = bytes.subarray(4 + size);
  }

  normalize(text: string): string {
    let out = '';
    // V8's segmenter takes quadratic time in the length of its text, so it sees a window at a time. Where one cluster ends
    // does not depend on what follows the next character, so every cluster but the window's last is whole.
    for (let start = 0, size = window; start < text.length; ) {
      const part = text.slice(start, start + size);
      const clusters = Array.from(graphemes.segment(part), ({ segment }) => segment);
      const last = start + size < text.length ? clusters.pop()! : '';
      for (const cluster of clusters) out += this.replaceCluster(cluster);
      start += part.length - last.length;
      size = clusters.length > 0 ? window : 2 * size;
    }
    return out;
  }

  private replaceCluster(cluster: string): string {
    if (encoder.encode(cluster).length < longCluster) {
      const whole = this.lookUp(cluster);
      if (whole !== undefined) return whole;
    }
    let out = '';
    for (const character of cluster) out += this.lookUp(character) ?? character;
    return out;
  }

  private lookUp(text: string): string | undefined {
    if (this.known.has(text)) return this.known.get(text);
    const found = this.search(encoder.encode(text));
    // Prompts use few different characters; the bound only guards against texts made to use them all.
    if (this.known.size < 10_000) this.known.set(text, found);
    return found;
  }

  /** The replacement of the shortest prefix that has one; it then stands for the whole. */
  private search(key: Uint8Array): string | undefined {
    const { units } = this;
    let at = offset(units[0]!);
    for (const byte of key) {
      if (byte === 0) return undefined;
      at ^= byte;
      const unit = units[at];
      if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined;
      at ^= offset(unit);
      if (unit & 0x100) return this.textAt(units[at]! & 0x7fffffff);
    }
    return undefined;
  }

  private textAt(start: number): string {
    const end = this.texts.indexOf(0, start);
    return decoder.decode(this.texts.subarray(start, end < 0 ? this.texts.length : end));
  }
}

function offset(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

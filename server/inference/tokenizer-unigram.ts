import { Model } from '@huggingface/tokenizers';

const unknownPenalty = 10;
const encoder = new TextEncoder();

/** The `model` part of a tokenizer.json of type Unigram. */
export interface UnigramConfig {
  type: 'Unigram';
  unk_id: number | null;
  vocab: [piece: string, score: number][];
  byte_fallback?: boolean;
}

/**
 * Unigram segmentation (Kudo, 2018): of all ways to cut a text into pieces the one with the highest sum of scores.
 * Follows the Rust tokenizers where the JavaScript ones do not: byte fallback, whole runs of unknown characters as one,
 * ties to the earliest start; and opens a vocabulary of 256,000 pieces in a fraction of a second, as it builds no trie.
 */
export class UnigramModel extends Model {
  private readonly scores: Float64Array;
  private readonly longest: number;
  private readonly unknownScore: number;
  private readonly byteFallback: boolean;
  /** Whether the pre-tokeniser asks for a cut before every `mark`, so that no piece spans two words. */
  private readonly words: RegExp | null;

  constructor(config: UnigramConfig, mark: string | null) {
    super({ ...config, vocab: [] });
    this.words = mark === null ? null : new RegExp(`(?=${mark.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')})`, 'u');
    // Runs are fused below, word by word; the library would also fuse over words.
    this.fuse_unk = false;
    this.byteFallback = config.byte_fallback ?? false;
    this.scores = new Float64Array(config.vocab.length);
    let longest = 1;
    let lowest = Number.POSITIVE_INFINITY;
    for (const [id, [piece, score]] of config.vocab.entries()) {
      this.vocab.push(piece);
      this.tokens_to_ids.set(piece, id);
      this.scores[id] = score;
      longest = Math.max(longest, piece.length);
      lowest = Math.min(lowest, score);
    }
    this.longest = longest;
    this.unknownScore = lowest - unknownPenalty;
    if (config.unk_id !== null) {
      this.unk_token_id = config.unk_id;
      this.unk_token = this.vocab[config.unk_id];
    }
  }

  encode(texts: string[]): string[] {
    return texts.flatMap((text) => (this.words ? text.split(this.words) : [text])).flatMap((word) => this.word(word));
  }

  private word(text: string): string[] {
    return this.segment(text).flatMap((piece) => (this.tokens_to_ids.has(piece) ? [piece] : this.unknown(piece)));
  }

  /** Viterbi over character positions; runs of unknown characters come out as one piece. */
  private segment(text: string): string[] {
    const size = text.length;
    const best = new Float64Array(size + 1).fill(Number.NEGATIVE_INFINITY);
    const from = new Int32Array(size + 1);
    const isUnknown = new Uint8Array(size + 1);
    best[0] = 0;
    for (let start = 0; start < size; ) {
      const width = text.codePointAt(start)! > 0xffff ? 2 : 1;
      const score = best[start]!;
      let isKnownAlone = false;
      for (let end = start + width; end <= Math.min(size, start + this.longest); end++) {
        const id = this.tokens_to_ids.get(text.slice(start, end));
        if (id === undefined) continue;
        if (end === start + width) isKnownAlone = true;
        if (score + this.scores[id]! > best[end]!) {
          best[end] = score + this.scores[id]!;
          from[end] = start;
          isUnknown[end] = id === this.unk_token_id ? 1 : 0;
        }
      }
      const next = start + width;
      if (!isKnownAlone && score + this.unknownScore > best[next]!) {
        best[next] = score + this.unknownScore;
        from[next] = start;
        isUnknown[next] = 1;
      }
      start = next;
    }
    const pieces: string[] = [];
    for (let end = size; end > 0; ) {
      let start = from[end]!;
      if (isUnknown[end]) while (start > 0 && isUnknown[start]) start = from[start]!;
      pieces.push(text.slice(start, end));
      end = start;
    }
    return pieces.reverse();
  }

  /** An unknown run as its UTF-8 bytes where the vocabulary has them all, else as it is: the unknown token. */
  private unknown(run: string): string[] {
    if (!this.byteFallback) return [run];
    const bytes = Array.from(encoder.encode(run), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    return bytes.every((byte) => this.tokens_to_ids.has(byte)) ? bytes : [run];
  }
}

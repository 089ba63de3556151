import fs from 'node:fs/promises';
import path from 'node:path';
import {
  Normalizer,
  PrecompiledNormalizer,
  PreTokenizer,
  SequenceNormalizer,
  SequencePreTokenizer,
  Tokenizer,
  WhitespaceSplitPreTokenizer,
} from '@huggingface/tokenizers';
import { Charsmap } from './tokenizer-charsmap';
import { markBetweenWords, padToken, unigramOf } from './tokenizer-json';
import { spieceToJson } from './tokenizer-spiece';
import { UnigramModel } from './tokenizer-unigram';

/** Turns text into the token ids a checkpoint's text encoder was trained on. */
export interface TextTokenizer {
  padId: number;
  /**
   * Ids of a text, ended as the checkpoint ends them (`</s>`). More than `length` ids are cut to `length - 1` and the end.
   * Does no cleaning of the text and no padding.
   */
  encode(text: string, length: number): number[];
  /** The ids followed by padding, `length` in all. */
  pad(ids: readonly number[], length: number): number[];
}

/**
 * Opens the `tokenizer` folder of a checkpoint in the diffusers layout: `tokenizer.json`, or `spiece.model` where there is
 * none (LTX-Video), and `tokenizer_config.json` if it is there. Ids equal those of the Rust tokenizers on the same files.
 */
export async function openTokenizer(folder: string): Promise<TextTokenizer> {
  const { file, json } = await readTokenizer(folder);
  const config = (await readJson(path.join(folder, 'tokenizer_config.json'))) ?? {};
  try {
    return makeTokenizer(json, config);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file} cannot be used: ${why}`, { cause });
  }
}

async function readTokenizer(folder: string): Promise<{ file: string; json: object }> {
  const file = path.join(folder, 'tokenizer.json');
  const json = await readJson(file);
  if (json) return { file, json };
  const spiece = path.join(folder, 'spiece.model');
  const bytes = await fs.readFile(spiece).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (bytes) return { file: spiece, json: spieceToJson(bytes, spiece) };
  throw new Error(
    `${file} is missing, and there is no spiece.model either. Download the checkpoint's tokenizer folder again.`,
  );
}

/** As `openTokenizer`, from the parsed files. */
export function makeTokenizer(json: object, config: object): TextTokenizer {
  const unigram = unigramOf(json);
  const tokenizer = unigram
    ? // The library's own Unigram builds a trie over the vocabulary, which takes seconds for 256,000 pieces. It gets one piece.
      new Tokenizer({ ...json, model: { ...unigram, unk_id: 0, vocab: [unigram.vocab[unigram.unk_id ?? 0]] } }, config)
    : new Tokenizer(json, config);
  if (unigram) tokenizer.model = new UnigramModel(unigram, markBetweenWords(json));
  tokenizer.normalizer = correctedNormalizer(tokenizer.normalizer);
  tokenizer.pre_tokenizer = correctedPreTokenizer(tokenizer.pre_tokenizer);
  const end = tokenizer.encode('').ids;
  const padId = tokenizer.token_to_id(padToken(config)) ?? 0;
  return {
    padId,
    encode(text, length) {
      if (!(Number.isInteger(length) && length > end.length)) {
        throw new RangeError(
          `A text length of ${length} tokens leaves no room for text. Ask for ${end.length + 1} or more.`,
        );
      }
      const { ids } = tokenizer.encode(text.replace(/\p{Surrogate}/gu, '\ufffd'));
      return ids.length <= length ? ids : [...ids.slice(0, length - end.length), ...end];
    },
    pad(ids, length) {
      return [...ids, ...new Array<number>(Math.max(0, length - ids.length)).fill(padId)];
    },
  };
}

/** The library approximates `Precompiled` by NFKC; ours reads the map the checkpoint brings. */
class CharsmapNormalizer extends Normalizer {
  private readonly map: Charsmap;

  constructor(config: Normalizer['config'], base64: string) {
    super(config);
    this.map = new Charsmap(base64);
  }

  normalize(text: string): string {
    return this.map.normalize(text);
  }
}

function correctedNormalizer(normalizer: Normalizer | null): Normalizer | null {
  if (normalizer instanceof PrecompiledNormalizer) {
    const base64: unknown = Reflect.get(normalizer.config, 'precompiled_charsmap');
    return typeof base64 === 'string' ? new CharsmapNormalizer(normalizer.config, base64) : null;
  }
  if (normalizer instanceof SequenceNormalizer)
    normalizer.normalizers = normalizer.normalizers.map(correctedNormalizer);
  return normalizer;
}

/** The library's splits where JavaScript's \s does, which differs from Unicode's white space in U+0085 and U+FEFF. */
class UnicodeWhitespaceSplit extends PreTokenizer {
  pre_tokenize_text(text: string): string[] {
    return text.match(/\P{White_Space}+/gu) ?? [];
  }
}

function correctedPreTokenizer(preTokenizer: PreTokenizer | null): PreTokenizer | null {
  if (preTokenizer instanceof WhitespaceSplitPreTokenizer) return new UnicodeWhitespaceSplit();
  if (preTokenizer instanceof SequencePreTokenizer) {
    preTokenizer.tokenizers = preTokenizer.tokenizers.map(correctedPreTokenizer);
  }
  return preTokenizer;
}

async function readJson(file: string): Promise<object | null> {
  const text = await fs.readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below, with the name of the file.
  }
  throw new Error(`${file} is not valid JSON. It may be cut short: download it again.`);
}

import { z } from 'zod';
import type { UnigramConfig } from './tokenizer-unigram';

const unigramSchema = z.object({
  model: z.object({
    type: z.literal('Unigram'),
    unk_id: z.int().min(0).nullable().default(null),
    byte_fallback: z.boolean().default(false),
    // Checked by hand below: a schema over 256,000 pairs would take longer than reading the file.
    vocab: z.custom<unknown[]>(Array.isArray, 'model.vocab is not a list of pieces'),
  }),
});

const preTokenizerSchema = z.object({
  type: z.string(),
  replacement: z.string().default('▁'),
  split: z.boolean().default(true),
  get pretokenizers() {
    return z.array(preTokenizerSchema).default([]);
  },
});

/** The model part of a parsed tokenizer.json when it is a Unigram, else null. Throws when it is one and is damaged. */
export function unigramOf(json: object): UnigramConfig | null {
  const type = z.object({ model: z.object({ type: z.string().optional() }) }).safeParse(json).data?.model.type;
  if (type !== 'Unigram') return null;
  const { model } = unigramSchema.parse(json);
  const { vocab } = model;
  if (!isVocabulary(vocab)) throw new Error('model.vocab holds something other than pairs of a piece and its score.');
  if (vocab.length === 0) throw new Error('model.vocab is empty.');
  if (model.unk_id !== null && model.unk_id >= vocab.length) {
    throw new Error(`model.unk_id is ${model.unk_id}, but there are ${vocab.length} pieces.`);
  }
  return { ...model, vocab };
}

function isVocabulary(vocab: unknown[]): vocab is UnigramConfig['vocab'] {
  return vocab.every((pair) => Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'number');
}

/** The mark the Metaspace pre-tokeniser puts before words when it also cuts there; null when it does not cut. */
export function markBetweenWords(json: object): string | null {
  const parsed = z.object({ pre_tokenizer: preTokenizerSchema.nullish() }).safeParse(json).data?.pre_tokenizer;
  if (!parsed) return null;
  const metaspace = [parsed, ...parsed.pretokenizers].find(({ type }) => type === 'Metaspace');
  return metaspace?.split ? metaspace.replacement : null;
}

/** What tokenizer_config.json names as the padding token; T5's when it names none. */
export function padToken(config: object): string {
  const content = z.object({ content: z.string() }).transform((token) => token.content);
  return z.object({ pad_token: z.union([z.string(), content]) }).safeParse(config).data?.pad_token ?? '<pad>';
}

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Tokenizer as NativeTokenizer } from 'tokenizers';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanPrompt } from '../../server/inference/clean-prompt';
import { makeTokenizer, openTokenizer } from '../../server/inference/tokenizer';
import { cases as parityCases } from './parity-files';

const parity = path.resolve(import.meta.dirname, '../parity');
const folders = ['wan21-t2v', 'wan22-ti2v'] as const;

/** The parts of the committed fixtures that are read here; their shape is known. */
interface TextCases {
  tokens: Record<
    (typeof folders)[number],
    { full: { text: string; ids: number[] }[]; padded: { text: string; max_length: number; ids: number[] }[] }
  >;
}
const cases = JSON.parse(fs.readFileSync(path.join(parity, 'text-cases.json'), 'utf8')) as TextCases;
const tokenizerFolder = (folder: string) => path.join(parity, folder, 'tokenizer');

const temporary: string[] = [];
afterAll(() => {
  for (const folder of temporary) fs.rmSync(folder, { recursive: true });
});
function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-tokenizer-'));
  temporary.push(folder);
  return folder;
}

describe.each(folders)('the tokenizer of %s', (folder) => {
  test.each(cases.tokens[folder].full)('$text', async ({ text, ids }) => {
    const tokenizer = await openTokenizer(tokenizerFolder(folder));
    expect(tokenizer.encode(text, 512)).toEqual(ids);
  });

  test.each(cases.tokens[folder].padded)('$text in $max_length', async ({ text, max_length, ids }) => {
    const tokenizer = await openTokenizer(tokenizerFolder(folder));
    expect(tokenizer.pad(tokenizer.encode(text, max_length), max_length)).toEqual(ids);
  });

  test('agrees with the native tokenizers on texts made at random', async () => {
    const tokenizer = await openTokenizer(tokenizerFolder(folder));
    const native = NativeTokenizer.fromFile(path.join(tokenizerFolder(folder), 'tokenizer.json'));
    const short = Array.from({ length: 600 }, (_, seed) => randomText(seed));
    const texts = [...short, short.join(' '), short.join('')];
    const encodings = await native.encodeBatch(texts);
    const wrong = texts.filter(
      (text, i) => JSON.stringify(tokenizer.encode(text, 50_000)) !== JSON.stringify(encodings[i]!.getIds()),
    );
    expect(wrong).toEqual([]);
  });
});

test.each(parityCases)('the prompts of $id, cleaned, have the ids of the official pipeline', async (about) => {
  const tokenizer = await openTokenizer(tokenizerFolder(about.folder));
  const ids = (text: string) => tokenizer.encode(cleanPrompt(text), about.max_sequence_length);
  expect(ids(about.prompt)).toEqual(about.expected.prompt_token_ids);
  if (about.expected.negative_token_ids)
    expect(ids(about.negative_prompt ?? '')).toEqual(about.expected.negative_token_ids);
});

test('a very long text takes time in proportion to its length', async () => {
  const tokenizer = await openTokenizer(tokenizerFolder('wan22-ti2v'));
  const start = process.cpuUsage();
  for (const part of ['a red fox 画面 🦊 ', 'x', '画', '\u0301']) {
    expect(tokenizer.encode(part.repeat(100_000 / part.length), 512)).toHaveLength(512);
  }
  // 0.8 s when written; the segmenter on the whole text took minutes.
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(10);
});

describe('a vocabulary of 256,000 pieces', () => {
  const vocab: [string, number][] = [
    ['<pad>', 0],
    ['</s>', 0],
    ['<unk>', 0],
  ];
  for (let i = 0; vocab.length < 256_000; i++) vocab.push([(i % 3 ? '' : '▁') + i.toString(36), -5 - Math.log(i + 2)]);
  const json = {
    ...JSON.parse(fs.readFileSync(path.join(tokenizerFolder('wan21-t2v'), 'tokenizer.json'), 'utf8')),
    model: { type: 'Unigram', unk_id: 2, byte_fallback: false, vocab },
  };

  test('opens within a second and cuts as the native one does', async () => {
    const start = process.cpuUsage();
    const tokenizer = makeTokenizer(json, {});
    const { user } = process.cpuUsage(start);
    expect(user / 1e6).toBeLessThan(1);
    const native = NativeTokenizer.fromString(JSON.stringify(json));
    const text = Array.from({ length: 200 }, (_, i) => `${(i * 7919).toString(36)}${i}`).join(' ');
    expect(tokenizer.encode(text, 5000)).toEqual((await native.encode(text)).getIds());
  });
});

test('of two ways to cut a word that are equally likely, the one that the native tokenizer takes', async () => {
  const plain = JSON.parse(fs.readFileSync(path.join(tokenizerFolder('wan21-t2v'), 'tokenizer.json'), 'utf8'));
  const letters = ['a', 'b', 'c', '▁'].map((piece): [string, number] => [piece, -2]);
  const pairs = ['ab', 'bc', 'ca', 'aa', '▁a', 'bb', 'cc', 'ba'].map((piece): [string, number] => [piece, -2]);
  const special: [string, number][] = ['<pad>', '</s>', '<unk>'].map((piece) => [piece, 0]);
  const vocab = [...special, ...letters, ...pairs];
  const json = { ...plain, model: { type: 'Unigram', unk_id: 2, byte_fallback: false, vocab } };
  const tokenizer = makeTokenizer(json, {});
  const native = NativeTokenizer.fromString(JSON.stringify(json));
  const words = Array.from({ length: 300 }, (_, i) => (i + 3).toString(3).replace(/[012]/g, (digit) => 'abc'[+digit]!));
  for (const word of words)
    expect([word, tokenizer.encode(word, 99)]).toEqual([word, (await native.encode(word)).getIds()]);
});

describe('bad input', () => {
  test('a lone surrogate counts as the replacement character', async () => {
    const tokenizer = await openTokenizer(tokenizerFolder('wan22-ti2v'));
    expect(tokenizer.encode('a\ud800b', 20)).toEqual(tokenizer.encode('a\ufffdb', 20));
  });

  test('no room for text is refused', async () => {
    const tokenizer = await openTokenizer(tokenizerFolder('wan21-t2v'));
    expect(() => tokenizer.encode('fox', 1)).toThrow(/Ask for 2 or more/);
    expect(() => tokenizer.encode('fox', Number.NaN)).toThrow(/leaves no room/);
  });

  test('a missing file is named, with a remedy', async () => {
    await expect(openTokenizer(temporaryFolder())).rejects.toThrow(/tokenizer\.json is missing.*Download/);
  });

  test.each([
    ['cut short', '{"model": {"type": "Uni', /not valid JSON.*download it again/],
    ['without pieces', { model: { type: 'Unigram', vocab: [] } }, /model\.vocab is empty/],
    ['with pieces that are none', { model: { type: 'Unigram', vocab: [['a']] } }, /pairs of a piece and its score/],
    ['with an unknown token outside', { model: { type: 'Unigram', unk_id: 9, vocab: [['a', 0]] } }, /unk_id is 9/],
  ])('a tokenizer.json %s', async (_, content, says) => {
    const folder = temporaryFolder();
    fs.writeFileSync(
      path.join(folder, 'tokenizer.json'),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
    await expect(openTokenizer(folder)).rejects.toThrow(says);
  });
});

/** Words of the training text, rare scripts, marks, spaces, special tokens: whatever has tripped a tokenizer before. */
function randomText(seed: number): string {
  const parts = [
    ...'a big red fox runs boat snow camera the of and'.split(' '),
    ...[' ', ' ', '  ', '\t', '\n', '\r\n', '\u00a0', '\u3000', '\u2028', '\u0085', '\ufeff', '\u200b', '\u200d'],
    ...['</s>', '<unk>', '<extra_id_1>', '<0x41>', '▁', '▁▁', '.', ',', '…', '“', '—'],
    ...[
      'é',
      'e\u0301',
      'ﬁ',
      'Ａ',
      '①',
      '½',
      'ｶﾞ',
      'カ\u3099',
      '한',
      '각',
      '猫',
      '在',
      '𠀀',
      '🦊',
      '👩‍🚀',
      '🇩🇪',
      '❤️',
      '\u0000',
      '\u0007',
    ],
    ...['नि', 'ไท', 'ﷺ', '㎝', 'ß', 'ı', 'İ', '\ue000', 'ل\u064b', '\u0915\u094d\u0937', '\u1100\u1161\u11a8'],
  ];
  let state = seed * 2654435761 + 12345;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: 1 + random(24) }, () => parts[random(parts.length)]).join('');
}

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanPrompt } from '../../server/inference/clean-prompt';
import { makeTokenizer, openTokenizer } from '../../server/inference/tokenizer';
import { spieceToJson } from '../../server/inference/tokenizer-spiece';
import { cases, folders, parityFolder } from './parity-files';
import { spieceModel } from './spiece-model';

/** The part of the committed fixtures that is read here; its shape is known. */
const texts = JSON.parse(readFileSync(join(parityFolder, 'text-cases.json'), 'utf8')) as {
  tokens: Record<string, { full: { text: string; ids: number[] }[] }>;
};
const modelOf = (folder: string) => spieceModel(join(parityFolder, folder, 'tokenizer/tokenizer.json'));

describe.each(folders)('the SentencePiece model of %s', (folder) => {
  const tokenizer = makeTokenizer(spieceToJson(modelOf(folder), 'spiece.model'), {});

  test('gives the ids of the official pipeline for its prompts', () => {
    for (const about of cases.filter((one) => one.folder === folder)) {
      const ids = tokenizer.encode(cleanPrompt(about.prompt), about.max_sequence_length);
      expect(ids).toEqual(about.expected.prompt_token_ids);
    }
  });

  test('and those of tokenizer.json for odd texts, but for sentinels, empty ones, and white space that nobody cleaned', () => {
    for (const { text, ids } of texts.tokens[folder]?.full ?? []) {
      if (!text.replaceAll('▁', ' ').trim() || text.includes('<extra_id_') || cleanPrompt(text) !== text) continue;
      expect(tokenizer.encode(text, 512)).toEqual(ids);
    }
  });
});

test('a tokenizer folder with spiece.model alone is as good as one with tokenizer.json', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'skein-spiece-'));
  await writeFile(join(folder, 'spiece.model'), modelOf('wan21-t2v'));
  const [alone, json] = [await openTokenizer(folder), await openTokenizer(join(parityFolder, 'wan21-t2v/tokenizer'))];
  // Prompts that nobody cleans, as LTX-Video's are.
  for (const text of ['A robot arm, painting.', ' two  spaces\tand\nmore ', '', 'worst quality, jittery'])
    expect(alone.pad(alone.encode(text, 32), 32)).toEqual(json.pad(json.encode(text, 32), 32));
  await rm(join(folder, 'spiece.model'));
  await expect(openTokenizer(folder)).rejects.toThrow(/no spiece\.model either. Download/);
  await rm(folder, { recursive: true });
});

test('damage is a sentence that names the file', () => {
  const whole = modelOf('wan21-t2v');
  expect(() => spieceToJson(whole.subarray(0, 1000), 'a.safetensors')).toThrow(/a\.safetensors: .*Download the file/);
  expect(() => spieceToJson(new Uint8Array(), 'empty')).toThrow(/no piece "<\/s>"/);
  expect(() => spieceToJson(Uint8Array.of(255, 255, 255), 'noise')).toThrow(/ends inside a number/);
});

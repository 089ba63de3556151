import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cleanPrompt } from '../../server/inference/clean-prompt';

const file = path.resolve(import.meta.dirname, '../parity/text-cases.json');
/** The part of the committed fixture that is read here. */
const { cleaning } = JSON.parse(fs.readFileSync(file, 'utf8')) as { cleaning: { raw: string; cleaned: string }[] };

test.each(cleaning)('cleans $raw as the official pipeline does', ({ raw, cleaned }) => {
  expect(cleanPrompt(raw)).toBe(cleaned);
});

// What Python's html.unescape and ftfy 6.3.1 make of these.
test.each([
  ['&eacute &notit; &copyx', 'é ¬it; ©x'],
  ['&ngE; &acE; &fjlig;', '≧̸ ∾̳ fj'],
  ['&#150; &#x80; &#0; &#xD800; &#x110000; &#1; &#xfdd0;', '– € � � �'],
  ['&#x1f98a;&#129418', '🦊🦊'],
  ['&amp;amp;amp;amp; in plain text', '& in plain text'],
  ['<b>&amp;amp;amp; among tags', '<b>&amp; among tags'],
  ['&; & &#; &#x; &1;', '&; & &#; &#x; &1;'],
])('reads the references of %s', (raw, cleaned) => {
  expect(cleanPrompt(raw)).toBe(cleaned);
});

test.each([
  ['CAFÉ—BAR, «café»…, SÃO PAULO, 25°', 'CAFÉ—BAR, «café»…, SÃO PAULO, 25°'],
  ['ÐŸÑ€Ð¸Ð²ÐµÑ‚, itâ€™s 25Â° ðŸ¦Š', "Привет, it's 25° 🦊"],
  ['画面模糊，质量差，静止', '画面模糊,质量差,静止'],
  ['\u001b[31mred\u001b[0m \ud800 ŉ ǆ ﬆ', "red � 'n dž st"],
])('repairs what is broken in %s and nothing else', (raw, cleaned) => {
  expect(cleanPrompt(raw)).toBe(cleaned);
});

import { namedCharacters } from './clean-prompt-entities';
import { windows1252 } from './clean-prompt-mojibake';

const reference = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/g;

/** Replaces HTML character references by their characters, as the HTML standard reads them in text. */
export function unescapeHtml(text: string): string {
  return text.replace(reference, (whole, inner: string) =>
    inner.startsWith('#') ? numbered(inner) : (named(inner) ?? whole),
  );
}

function numbered(inner: string): string {
  const hex = /^#[xX]/.test(inner);
  const code = Number.parseInt(inner.slice(hex ? 2 : 1), hex ? 16 : 10);
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
  if (code === 0x0d) return '\r';
  // Pages meant Windows-1252 when they wrote numbers in the range of the C1 controls.
  if (code >= 0x80 && code <= 0x9f) return windows1252.charAt(code - 0x80);
  return isNoncharacter(code) ? '' : String.fromCodePoint(code);
}

const isNoncharacter = (code: number) =>
  (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0c) ||
  code === 0x7f ||
  (code >= 0xfdd0 && code <= 0xfdef) ||
  (code & 0xfffe) === 0xfffe;

/** The longest name the text begins with, and what is left of it. */
function named(inner: string): string | undefined {
  for (let end = inner.length; end > 1; end--) {
    const character = namedCharacters.get(inner.slice(0, end));
    if (character !== undefined) return character + inner.slice(end);
  }
  return undefined;
}

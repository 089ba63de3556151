/** The characters of bytes 0x80 to 0x9f in Windows-1252; the five unused bytes stand for themselves. */
export const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

const next = `[${windows1252}\u00a0-\u00bf]`;
/**
 * UTF-8 that was read as Windows-1252. A single two-byte sequence counts only behind Â and Ã, a single longer one only
 * behind â and ð: others, such as "é»…", are good French. Two in a row are never meant.
 */
const misread = new RegExp(
  `(?:[Â-ß]${next}|[à-ï]${next}{2}|[ð-ô]${next}{3}){2,}|[ÂÃ]${next}|â${next}{2}|ð${next}{3}`,
  'g',
);
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Mends UTF-8 that was once read as Windows-1252 ("cafÃ©" for "café"); other text stays as it is. */
export function mendMojibake(text: string): string {
  return text.replace(misread, (sequence) => {
    try {
      return decoder.decode(Uint8Array.from(sequence, byteOf));
    } catch {
      return sequence;
    }
  });
}

function byteOf(character: string): number {
  const at = windows1252.indexOf(character);
  return at < 0 ? character.charCodeAt(0) : 0x80 + at;
}

import { unescapeHtml } from './clean-prompt-html';
import { mendMojibake, windows1252 } from './clean-prompt-mojibake';

/**
 * The cleaning Wan's pipelines give a prompt before the tokenizer: text repair as by the Python library ftfy (`fix_text`),
 * HTML references undone twice, white space collapsed and trimmed. Other families clean nothing.
 *
 * Of ftfy's repairs all are here but the rare kinds of mojibake: only UTF-8 read as Windows-1252 is mended, not other code
 * pages, nor where a no-break space has since become a space; and references in capitals ("&EACUTE;") stay.
 */
export function cleanPrompt(text: string): string {
  return unescapeHtml(unescapeHtml(repair(text)))
    .replace(/\p{White_Space}+/gu, ' ')
    .replace(/^ | $/g, '');
}

/** Repeats the repairs until nothing changes, as one may uncover work for another. */
function repair(text: string): string {
  for (let before = ''; before !== text; ) {
    before = text;
    // Text with tags is taken to be HTML on purpose.
    if (!text.includes('<')) text = text.replace(/&#?[0-9A-Za-z]{1,24};/g, unescapeHtml);
    text = mendMojibake(text)
      .replace(/[\x80-\x9f]/g, (control) => windows1252.charAt(control.charCodeAt(0) - 0x80))
      .replace(/[ĲĳŉǄ-ǌǱ-ǳﬀ-ﬆ]/g, (ligature) => ligatures.get(ligature) ?? ligature)
      .replace(/[\u3000\uff01-\uffef]/g, (wide) => wide.normalize('NFKC'))
      .replace(/[\u02bc\u2018-\u201b]/g, "'")
      .replace(/[\u201c-\u201f]/g, '"')
      .replace(/\r\n|[\r\u2028\u2029\u0085]/g, '\n')
      .replace(/\p{Surrogate}/gu, '\ufffd')
      .replace(terminalEscape, '')
      .replace(unseen, '')
      .normalize('NFC');
  }
  return text;
}

const letters: [string, string][] = [
  ['ĲĳŉǱǲǳǄǅǆǇǈǉǊǋǌ', 'IJ ij ʼn DZ Dz dz DŽ Dž dž LJ Lj lj NJ Nj nj'],
  ['ﬀﬁﬂﬃﬄﬅﬆ', 'ff fi fl ffi ffl ſt st'],
];
const ligatures = new Map(
  letters.flatMap(([joined, apart]) => [...joined].map((ligature, i) => [ligature, apart.split(' ')[i]!] as const)),
);

/** Colour codes and the like that come along when text is copied from a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape is what is looked for
const terminalEscape = /\x1b\[[\d;]*[a-zA-Z]/g;
/** Control characters, byte order mark, interlinear annotations: nothing one could have meant in a prompt. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for
const unseen = /[\0-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;

/** A word of a prompt the model was never taught, where it stands, and the nearest word it knows. */
export interface StrangeWord {
  word: string;
  start: number;
  end: number;
  nearest?: string;
}

/**
 * Words of `text` that are not in the vocabulary. Endings and case do not matter (`moving` is `moves`); little words,
 * single letters and numbers are left alone. `nearest` is given only when it is close enough to be a likely slip.
 */
export function strangeWords(text: string, vocabulary: Readonly<Record<string, readonly string[]>>): StrangeWord[] {
  const phrases = Object.values(vocabulary).flat();
  const known = new Set(phrases.flatMap((phrase) => phrase.toLowerCase().split(/[^\p{L}]+/u)).filter(Boolean));
  const stems = new Set([...known].map(stem));
  const found: StrangeWord[] = [];
  for (const match of text.matchAll(/\p{L}[\p{L}'-]*/gu)) {
    const word = match[0].toLowerCase();
    if (word.length < 2 || little.has(word) || word.split(/[-']/).every((part) => stems.has(stem(part)))) continue;
    found.push({
      word: match[0],
      start: match.index,
      end: match.index + match[0].length,
      nearest: nearest(word, known),
    });
  }
  return found;
}

const little = new Set('a an the one and or of to in on at by with from over under is are be it its not'.split(' '));

/** A word without its ending, and without the letter an ending doubles: sitting, sits, sit. */
const stem = (word: string) =>
  word.length < 4 ? word : word.replace(/(ing|ies|es|ed|s|e|y)$/, '').replace(/([bdgmnprt])\1$/, '$1');

function nearest(word: string, known: ReadonlySet<string>): string | undefined {
  const limit = word.length <= 4 ? 1 : word.length <= 7 ? 2 : 3;
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of known) {
    if (candidate.length < 2 || Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Letters to insert, drop, change or swap with their neighbour (optimal string alignment) to turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(above[column]! + 1, line[column - 1]! + 1, above[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) least = Math.min(least, before[column - 2]! + 1);
      line.push(least);
    }
    before = above;
    above = line;
  }
  return above[b.length]!;
}

/** How well an entry answers a search, 0 to 1: names before descriptions, beginnings before middles. For cmdk's `filter`. */
export function rankBySearch(value: string, search: string, keywords: string[] = []): number {
  const sought = search.trim().toLowerCase();
  const name = value.toLowerCase();
  if (name.startsWith(sought)) return 1;
  if (name.split(/[\s-]/).some((word) => word.startsWith(sought))) return 0.9;
  if (name.includes(sought)) return 0.7;
  const rest = keywords.join(' ').toLowerCase();
  return sought.split(/\s+/).every((word) => rest.includes(word) || name.includes(word)) ? 0.4 : 0;
}

/** What is searched of an entry. */
export interface Sought {
  name: string;
  keywords: string[];
}

interface Section<Entry> {
  name: string;
  entries: readonly Entry[];
}

/** Sections with the one that holds the best answer first: Enter must take what was typed, whatever section it is in. */
export function bestFirst<Entry>(
  sections: readonly Section<Entry>[],
  words: (entry: Entry) => Sought,
  search: string,
): Section<Entry>[] {
  const rank = ({ entries }: Section<Entry>) =>
    Math.max(...entries.map((entry) => rankBySearch(words(entry).name, search, words(entry).keywords)));
  return search.trim() ? sections.toSorted((a, b) => rank(b) - rank(a)) : [...sections];
}

import type { Outline } from '../../nodes/outline';

/** What something in the library can be found by. */
export interface Findable {
  name: string;
  tags?: readonly string[];
  /** Further text, in lower case. */
  words?: string;
}

/** Whether every word that is sought is in its name, its tags or its text; a word that begins with `#` only in its tags. */
export function isFound({ name, tags = [], words = '' }: Findable, sought: string): boolean {
  const own = tags.map((tag) => tag.toLowerCase());
  const all = [name.toLowerCase(), ...own, words].join('\n');
  return sought
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => (word.startsWith('#') ? own.some((tag) => tag.includes(word.slice(1))) : all.includes(word)));
}

/** A file of the library by all that is known of it: its name, and of a result also graph, prompts and main settings. */
export const isFileFound = ({ name, outline }: { name: string; outline?: Outline }, sought: string): boolean =>
  isFound(
    {
      name,
      ...(outline && { words: [outline.graph, outline.prompt, ...outline.settings].join('\n').toLowerCase() }),
    },
    sought,
  );

/** A name nothing here has: `Text to video`, `Text to video 2`, ... */
export function freeName(name: string, taken: readonly { name: string }[]): string {
  const has = (one: string) => taken.some((other) => other.name === one);
  let free = name;
  for (let count = 2; has(free); count++) free = `${name} ${count}`;
  return free;
}

/** All tags with how many things carry each, the commonest first. */
export function tagCounts(things: readonly Findable[]): { tag: string; count: number }[] {
  const counts = new Map<string, { tag: string; count: number }>();
  for (const { tags = [] } of things)
    for (const tag of tags) {
      const key = tag.toLowerCase();
      counts.set(key, { tag: counts.get(key)?.tag ?? tag, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.tag.localeCompare(b.tag));
}

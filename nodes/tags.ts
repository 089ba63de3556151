import type { Graph } from './graph';

/** Longest tag, and most of them for one graph. */
export const tagLimits = { length: 40, count: 20 };

/** Tags as kept: without `#` and spaces at the ends, no two that differ only in case, none too long; text is split at commas. */
export function tidyTags(source: string | readonly string[]): string[] {
  const words = (typeof source === 'string' ? source.split(',') : source)
    .map((word) => word.trim().replace(/^#+/, '').replace(/\s+/g, ' ').slice(0, tagLimits.length).trim())
    .filter(Boolean);
  const seen = new Map(words.toReversed().map((word) => [word.toLowerCase(), word]));
  return words
    .filter((word) => seen.get(word.toLowerCase()) === word && seen.delete(word.toLowerCase()))
    .slice(0, tagLimits.count);
}

/** Most characters of a graph that are searched. */
const searched = 4000;

/** What a person may remember of a graph beside its name: what it is about, prompts, titles, notes. Lower case. */
export function wordsOf(graph: Graph): string {
  const said = graph.nodes.flatMap(({ title, params }) => [
    title,
    ...Object.values(params).filter((value) => typeof value === 'string' && /\s/.test(value)),
  ]);
  const { groups, notes } = graph.layout;
  const all = [graph.about, ...said, ...groups.map(({ title }) => title), ...notes.map(({ text }) => text)];
  return all.filter(Boolean).join('\n').toLowerCase().slice(0, searched);
}

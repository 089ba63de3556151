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

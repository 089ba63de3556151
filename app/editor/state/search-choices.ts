/** What a choice can be found by. */
export interface Findable {
  value: string;
  title: string;
  says?: string;
  names?: readonly string[];
}

/**
 * Choices that every typed word is found in: title, sentence, or another name. Those that are called so come first, then those
 * whose name begins so, then the others; among equals the order stays.
 */
export function searchChoices<T extends Findable>(choices: readonly T[], typed: string): readonly T[] {
  const search = typed.trim().toLowerCase();
  if (!search) return choices;
  const names = ({ title, value, names: others = [] }: T) => [title, value, ...others].map((one) => one.toLowerCase());
  const rank = (choice: T) => {
    const all = names(choice);
    if (all.includes(search)) return 0;
    return all.some((name) => name.startsWith(search)) ? 1 : 2;
  };
  const words = search.split(/\s+/);
  return choices
    .filter((choice) => {
      const text = [...names(choice), choice.says?.toLowerCase()].join(' ');
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => rank(a) - rank(b));
}

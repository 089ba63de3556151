/** Words in a line: plain, marked, or leading somewhere. */
export type Inline =
  | string
  | { is: 'strong' | 'em' | 'del'; of: Inline[] }
  | { is: 'code'; text: string }
  | { is: 'link'; to: string; of: Inline[] };

export type Block =
  | { is: 'heading'; level: number; of: Inline[] }
  | { is: 'paragraph'; lines: Inline[][] }
  | { is: 'list'; start: number | null; items: Block[][] }
  | { is: 'table'; head: Inline[][]; sides: ('left' | 'center' | 'right' | undefined)[]; rows: Inline[][][] }
  | { is: 'code'; text: string }
  | { is: 'quote'; of: Block[] }
  | { is: 'rule' };

/** Lists in lists and quotes in quotes go no deeper; what lies deeper stays as it was written. */
const deepest = 6;

const fence = /^ {0,3}(`{3,}|~{3,})/;
const heading = /^ {0,3}(#{1,6})\s+(.*)$/;
const rule = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const quote = /^ {0,3}> ?/;
const item = /^( *)([-*+]|\d{1,9}[.)])( +)(?=\S)/;

/**
 * What people write in notes, taken apart: headings, lists, tables, quotes, code, links, emphasis. A subset of GitHub's Markdown
 * (https://github.github.com/gfm/); a line break is a line break. HTML is words like all others, and nothing here is drawn by
 * its text: there is no way in for code. Linear in the length of the text.
 */
export const markdown = (text: string): Block[] =>
  blocks(text.replace(/\r\n?/g, '\n').replaceAll('\t', '    ').split('\n'), 0);

function blocks(lines: readonly string[], depth: number): Block[] {
  const found: Block[] = [];
  let at = 0;
  /** The next lines, as long as they are so. */
  const take = (is: (line: string, index: number) => boolean): string[] => {
    const begun = at;
    while (at < lines.length && is(lines[at]!, at)) at++;
    return lines.slice(begun, at);
  };
  while (at < lines.length) {
    const line = lines[at]!; // within
    const fenced = fence.exec(line)?.[1];
    const title = heading.exec(line);
    if (!line.trim()) at++;
    else if (fenced) {
      at++;
      found.push({ is: 'code', text: take((one) => !one.trimStart().startsWith(fenced)).join('\n') });
      at++;
    } else if (title) {
      at++;
      const words = title[2]!.replace(/ +#+ *$/, '');
      found.push({ is: 'heading', level: title[1]!.length, of: inline(words.trim()) });
    } else if (rule.test(line)) {
      at++;
      found.push({ is: 'rule' });
    } else if (quote.test(line) && depth < deepest) {
      const inner = take((one) => quote.test(one)).map((one) => one.replace(quote, ''));
      found.push({ is: 'quote', of: blocks(inner, depth + 1) });
    } else if (item.test(line) && depth < deepest) found.push(list(take, line, depth));
    else if (isTable(lines, at)) found.push(table(take((one) => one.includes('|'))));
    else {
      const begun = at;
      const words = take((one, index) => index === begun || !(endsParagraph(one, depth) || isTable(lines, index)));
      found.push({ is: 'paragraph', lines: words.map((one) => inline(one.trim())) });
    }
  }
  return found;
}

const endsParagraph = (line: string, depth: number) =>
  !line.trim() ||
  [fence, heading, rule].some((one) => one.test(line)) ||
  (depth < deepest && (quote.test(line) || item.test(line)));

type Take = (is: (line: string, index: number) => boolean) => string[];

/** Items of one kind; what stands further in than its mark belongs to an item. */
function list(take: Take, first: string, depth: number): Block {
  const [, , mark = '-'] = item.exec(first) ?? [];
  const isNumbered = /\d/.test(mark);
  const indent = first.search(/\S/);
  const begins = (line: string) => {
    const [, space = '', kind = ''] = item.exec(line) ?? [];
    return kind !== '' && space.length <= indent + 1 && /\d/.test(kind) === isNumbered;
  };
  const indentOf = (line: string) => line.search(/\S/);
  const items: Block[][] = [];
  for (let hasMore = true; hasMore; ) {
    let isFirst = true;
    const own = take((line) => {
      const isOwn = isFirst ? begins(line) && !rule.test(line) : indentOf(line) > indent + 1;
      isFirst = false;
      return isOwn;
    });
    hasMore = own.length > 0;
    if (!hasMore) break;
    const [head = '', ...rest] = own;
    const words = head.replace(item, '').replace(/^\[( |x|X)\] /, (_, is: string) => (is === ' ' ? '☐ ' : '☑ '));
    const inner = Math.min(...rest.map(indentOf));
    items.push(blocks([words, ...rest.map((line) => line.slice(inner))], depth + 1));
  }
  return { is: 'list', start: isNumbered ? Number.parseInt(mark, 10) : null, items };
}

const cells = (line: string): string[] => {
  const trimmed = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return trimmed.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
};

/** A head, and below it a line of dashes for as many columns. */
function isTable(lines: readonly string[], at: number): boolean {
  const [head = '', below = ''] = [lines[at], lines[at + 1]];
  if (!head.includes('|') || !below.includes('-')) return false;
  const dashes = cells(below);
  return dashes.every((cell) => /^:?-+:?$/.test(cell)) && dashes.length === cells(head).length;
}

function table([head = '', below = '', ...rest]: string[]): Block {
  const sides = cells(below).map((cell) => {
    const [left, right] = [cell.startsWith(':'), cell.endsWith(':')];
    return left && right ? 'center' : right ? 'right' : left ? 'left' : undefined;
  });
  const row = (line: string) => {
    const all = cells(line);
    return sides.map((_, column) => inline(all[column] ?? ''));
  };
  return { is: 'table', head: row(head), sides, rows: rest.map(row) };
}

/** Each begins and ends with marks that its inside cannot hold, so that no text is gone through twice. */
const marks = new RegExp(
  [
    /\\(?<literal>[\\`*_{}[\]()#+\-.!|~>])/,
    /`(?<code>[^`]+)`/,
    /!?\[(?<words>[^[\]]*)\]\((?<to>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?: +"[^"]*")?\)/,
    /<(?<address>(?:https?:\/\/|mailto:)[^\s<>]+)>/,
    /\*\*\*(?<both>[^*\s](?:[^*]*[^*\s])?)\*\*\*/,
    /\*\*(?<strong>[^*\s](?:[^*]*[^*\s])?)\*\*/,
    /\*(?<em>[^*\s](?:[^*]*[^*\s])?)\*/,
    /(?<![\w_])__(?<strong2>[^_\s](?:[^_]*[^_\s])?)__(?![\w_])/,
    /(?<![\w_])_(?<em2>[^_\s](?:[^_]*[^_\s])?)_(?![\w_])/,
    /~~(?<del>[^~\s](?:[^~]*[^~\s])?)~~/,
    /(?<bare>https?:\/\/[^\s<>"'`*|\\[\]]*[^\s<>"'`*|\\[\].,;:!?)])/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

function inline(text: string): Inline[] {
  const found: Inline[] = [];
  const plain = (words: string) => {
    const last = found.length - 1;
    if (typeof found[last] === 'string') found[last] += words;
    else if (words) found.push(words);
  };
  let end = 0;
  for (const match of text.matchAll(marks)) {
    plain(text.slice(end, match.index));
    end = match.index + match[0].length;
    const made = marked(match.groups ?? {});
    if (made === undefined) plain(match[0]);
    else if (typeof made === 'string') plain(made);
    else found.push(made);
  }
  plain(text.slice(end));
  return found;
}

function marked(groups: Partial<Record<string, string>>): Inline | undefined {
  const { literal, code, words, to, address, both, strong, strong2, em, em2, del, bare } = groups;
  if (literal !== undefined) return literal;
  if (code !== undefined) return { is: 'code', text: code };
  const target = to ?? address ?? bare;
  if (target !== undefined)
    return isSafe(target)
      ? { is: 'link', to: target, of: words ? inline(words) : [target.replace(/^mailto:/, '')] }
      : undefined;
  if (both !== undefined) return { is: 'strong', of: [{ is: 'em', of: inline(both) }] };
  const loud = strong ?? strong2;
  if (loud !== undefined) return { is: 'strong', of: inline(loud) };
  const stressed = em ?? em2;
  if (stressed !== undefined) return { is: 'em', of: inline(stressed) };
  return del === undefined ? undefined : { is: 'del', of: inline(del) };
}

/** Pages and mail. What else a link may name (`javascript:`, files, this server) stays words. */
function isSafe(target: string): boolean {
  try {
    return ['http:', 'https:', 'mailto:'].includes(new URL(target).protocol);
  } catch {
    return false;
  }
}

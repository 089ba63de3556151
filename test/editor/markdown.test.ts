import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Block, type Inline, markdown } from '../../app/editor/state/markdown';

const link = (to: string, ...of: Inline[]): Inline => ({ is: 'link', to, of });
/** Words of a text of one line. */
const line = (text: string): Inline[] => {
  const [first] = markdown(text);
  if (first?.is !== 'paragraph') throw new Error(`"${text}" is no paragraph.`);
  return first.lines[0] ?? [];
};
const paragraph = (text: string): Block => ({ is: 'paragraph', lines: text.split('\n').map((one) => [one]) });

describe('words in a line', () => {
  test('emphasis, code, what is struck, and marks that mean themselves', () => {
    expect(line('a **b** *c* _d_ `e*f*` ~~g~~ ***h*** \\*i\\*')).toEqual([
      ...['a ', { is: 'strong', of: ['b'] }, ' ', { is: 'em', of: ['c'] }, ' ', { is: 'em', of: ['d'] }, ' '],
      ...[{ is: 'code', text: 'e*f*' }, ' ', { is: 'del', of: ['g'] }, ' '],
      ...[{ is: 'strong', of: [{ is: 'em', of: ['h'] }] }, ' *i*'],
    ]);
    expect(line('**bold with `code` and _more_**')).toEqual([
      { is: 'strong', of: ['bold with ', { is: 'code', text: 'code' }, ' and ', { is: 'em', of: ['more'] }] },
    ]);
    for (const plain of ['2 * 3 * 4', 'snake_case_name', 'a ** b', 'my__init__.py', '**open', '`open', '5 ~ 6 ~~ 7'])
      expect(line(plain)).toEqual([plain]);
  });

  test('links with words, bare ones, in brackets, to pictures', () => {
    expect(line('see [the *docs*](https://a.example/b_(c)?d=1 "Docs").')).toEqual([
      'see ',
      link('https://a.example/b_(c)?d=1', 'the ', { is: 'em', of: ['docs'] }),
      '.',
    ]);
    expect(line('at https://a.example/x_y_z. And')).toEqual([
      'at ',
      link('https://a.example/x_y_z', 'https://a.example/x_y_z'),
      '. And',
    ]);
    expect(line('<mailto:a@b.example>')).toEqual([link('mailto:a@b.example', 'a@b.example')]);
    expect(line('![sheet](https://a.example/s.png)')).toEqual([link('https://a.example/s.png', 'sheet')]);
  });

  test('no link leads to a script, a file or this server; HTML is words', () => {
    for (const to of [
      'javascript:alert(1)',
      'JaVaScRiPt:x',
      'data:text/html,x',
      'file:///etc/passwd',
      '/library',
      'vbscript:x',
      '//a.example',
    ])
      expect(line(`[go](${to})`)).toEqual([`[go](${to})`]);
    const html = '<img src=x onerror=alert(1)><script>x</script>';
    expect(line(html)).toEqual([html]);
  });
});

describe('blocks', () => {
  test('headings, paragraphs with their line breaks, rules, quotes, code', () => {
    expect(markdown('# A ##\nfirst\nsecond\n\n---\n> said\n> > more\n```js\n# not *this*\n```\nend')).toEqual([
      { is: 'heading', level: 1, of: ['A'] },
      paragraph('first\nsecond'),
      { is: 'rule' },
      { is: 'quote', of: [paragraph('said'), { is: 'quote', of: [paragraph('more')] }] },
      { is: 'code', text: '# not *this*' },
      paragraph('end'),
    ]);
    expect(markdown('#hash and\n-dash')).toEqual([paragraph('#hash and\n-dash')]);
    expect(markdown('```\nnever closed')).toEqual([{ is: 'code', text: 'never closed' }]);
  });

  test('lists, numbered from where they begin, in lists, with boxes', () => {
    expect(markdown('- a\n  - b\n    more\n- [x] c\n3. d\n4. e')).toEqual([
      {
        is: 'list',
        start: null,
        items: [[paragraph('a'), { is: 'list', start: null, items: [[paragraph('b\nmore')]] }], [paragraph('☑ c')]],
      },
      { is: 'list', start: 3, items: [[paragraph('d')], [paragraph('e')]] },
    ]);
  });

  test('tables, with sides, short and long rows, and bars that are words', () => {
    expect(markdown('| a | b |\n|:--|--:|\n| 1 \\| 2 | **x** | y |\n| z |\n\nend')).toEqual([
      {
        is: 'table',
        head: [['a'], ['b']],
        sides: ['left', 'right'],
        rows: [
          [['1 | 2'], [{ is: 'strong', of: ['x'] }]],
          [['z'], []],
        ],
      },
      paragraph('end'),
    ]);
    expect(markdown('a | b\nc | d')).toEqual([paragraph('a | b\nc | d')]);
  });
});

test('whatever is written is taken: nothing throws, and every link is one that may be', () => {
  const mark = fc.constantFrom(
    ...'*_`~[]()|>#-+1. \n!<\\:/',
    'a',
    '**',
    '```',
    '---',
    '|-|',
    '- ',
    '](',
    'http://a.b',
    'javascript:x',
  );
  fc.assert(
    fc.property(fc.array(mark, { maxLength: 60 }), (pieces) => {
      const all = JSON.stringify(markdown(pieces.join('')));
      expect(all.match(/"to":"[^"]*/g)?.every((to) => /^"to":"(https?|mailto):/.test(to)) ?? true).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('the longest note, made of nothing but marks, is taken apart at once', () => {
  for (const piece of [
    '*',
    '**a',
    '_a_',
    '[',
    '[a](',
    '`',
    '~~',
    '> ',
    '- ',
    '|a',
    'http://.',
    '![](',
    '\\',
    '#',
    '- a\n ',
    '|-|\n',
    '***a ',
    '<http://',
  ]) {
    const begun = process.cpuUsage();
    markdown(piece.repeat(Math.ceil(20_000 / piece.length)));
    const { user } = process.cpuUsage(begun);
    expect(user / 1000, JSON.stringify(piece)).toBeLessThan(2000);
  }
});

'use client';
import { Fragment, type ReactNode, useMemo } from 'react';
import { type Block, type Inline, markdown } from './state/markdown';

/** Words as they were meant: headings, lists, tables, links. Made of elements, never of HTML. */
export function MarkdownView({ text }: { text: string }) {
  const all = useMemo(() => markdown(text), [text]);
  return <div className="prose flex flex-col gap-2">{all.map(block)}</div>;
}

const line = (of: readonly Inline[]): ReactNode => of.map(piece);

// Keys are places: a note is drawn anew when it has been written anew.
function piece(one: Inline, key: number): ReactNode {
  if (typeof one === 'string') return <Fragment key={key}>{one}</Fragment>;
  switch (one.is) {
    case 'strong':
      return <strong key={key}>{line(one.of)}</strong>;
    case 'em':
      return <em key={key}>{line(one.of)}</em>;
    case 'del':
      return <del key={key}>{line(one.of)}</del>;
    case 'code':
      return <code key={key}>{one.text}</code>;
    case 'link':
      return (
        <a key={key} className="nodrag" href={one.to} target="_blank" rel="noopener noreferrer" title={one.to}>
          {line(one.of)}
        </a>
      );
  }
}

function block(one: Block, key: number): ReactNode {
  switch (one.is) {
    case 'heading': {
      // A note is not the page: its largest heading is one of the third rank.
      const Heading = `h${Math.min(6, one.level + 2)}` as 'h3' | 'h4' | 'h5' | 'h6'; // 3 to 6
      return (
        <Heading key={key} data-level={one.level}>
          {line(one.of)}
        </Heading>
      );
    }
    case 'paragraph':
      return (
        <p key={key}>
          {one.lines.map((words, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name than their place
            <Fragment key={at}>
              {at > 0 && <br />}
              {line(words)}
            </Fragment>
          ))}
        </p>
      );
    case 'list': {
      const items = one.items.map((inner, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: items have no other name than their place
        <li key={at}>{inner.map(block)}</li>
      ));
      return one.start === null ? (
        <ul key={key}>{items}</ul>
      ) : (
        <ol key={key} start={one.start}>
          {items}
        </ol>
      );
    }
    case 'table':
      return <Table key={key} of={one} />;
    case 'code':
      return (
        <pre key={key}>
          <code>{one.text}</code>
        </pre>
      );
    case 'quote':
      return <blockquote key={key}>{one.of.map(block)}</blockquote>;
    case 'rule':
      return <hr key={key} />;
  }
}

function Table({ of: { head, sides, rows } }: { of: Block & { is: 'table' } }) {
  const cell = (Cell: 'th' | 'td') => (words: Inline[], at: number) => (
    <Cell key={at} style={{ textAlign: sides[at] }}>
      {line(words)}
    </Cell>
  );
  return (
    <table>
      <thead>
        <tr>{head.map(cell('th'))}</tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name than their place
          <tr key={at}>{row.map(cell('td'))}</tr>
        ))}
      </tbody>
    </table>
  );
}

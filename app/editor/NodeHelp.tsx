'use client';
import { useMemo } from 'react';
import { definitionOf } from '../../nodes/check';
import { describeNode, type PortWords } from '../../nodes/describe';
import { registry } from '../../nodes/registry';
import { useEditor } from './EditorContext';
import { Quiet } from './Quiet';
import { kindOfNode, SectionIcon } from './SectionIcon';

/** What the chosen card is for, read off its definition: the same words as in `docs/nodes.md`. */
export function NodeHelp() {
  const type = useEditor(({ cards, byId }) => {
    const chosen = cards.filter(({ selected, type: is }) => selected && is === 'card');
    return chosen.length === 1 ? byId.get(chosen[0]!.id)?.type : undefined;
  });
  const node = useEditor(({ definitions }) => (type === undefined ? undefined : definitionOf(definitions, type)));
  const words = useMemo(() => node && describeNode(node), [node]);
  if (!type || !node || !words)
    return <Quiet>Choose a card, and what it takes, gives and can be set to stands here.</Quiet>;
  return (
    <article className="flex flex-col gap-5 px-1 pb-2 select-text" data-testid="node-help">
      <header className="flex flex-col gap-1.5">
        <h3 className="flex items-center gap-2 text-[15px] font-semibold" data-kind={kindOfNode(type)}>
          <SectionIcon type={type} /> {node.title}
        </h3>
        <p className="leading-snug text-ink-2">{node.says}</p>
        {node.sink && <p className="text-[12px] text-ink-3">It makes a graph run.</p>}
      </header>
      <Ports title="Takes" ports={words.takes} />
      <Ports title="Gives" ports={words.gives} />
      {words.settings.length > 0 && (
        <Part title="Settings">
          {words.settings.map(({ name, title, range, fallback, says }) => (
            <div key={name}>
              <dt className="flex items-baseline justify-between gap-3">
                <span className="font-medium">{title}</span>
                <code className="number truncate text-[11px] text-ink-3">{name}</code>
              </dt>
              {says && <dd className="text-[12px] leading-snug text-ink-2">{says}</dd>}
              <dd className="figures text-[11.5px] break-words text-ink-3">
                {range.replaceAll('` `', ', ').replaceAll('`', '')}
                {fallback && fallback !== '""' && ` · ${fallback === 'null' ? 'empty' : fallback} at first`}
              </dd>
            </div>
          ))}
        </Part>
      )}
      {Object.hasOwn(registry, type) && (
        <p className="text-[11.5px] text-ink-3">
          The same is in <code className="number">docs/nodes.md#{node.title.toLowerCase().replaceAll(' ', '-')}</code>.
        </p>
      )}
    </article>
  );
}

function Ports({ title, ports }: { title: string; ports: readonly PortWords[] }) {
  if (!ports.length) return null;
  return (
    <Part title={title}>
      {ports.map(({ name, title: called, kind, optional, says }) => (
        <div key={name} data-kind={kind}>
          <dt className="flex items-baseline justify-between gap-3">
            <span className="font-medium">{called}</span>
            <span className="text-[11px]" style={{ color: 'var(--kind)' }}>
              {kind}
              {optional && ', may stay empty'}
            </span>
          </dt>
          <dd className="text-[12px] leading-snug text-ink-2">{says}</dd>
        </div>
      ))}
    </Part>
  );
}

const Part = ({ title, children }: { title: string; children: React.ReactNode }) => (
  <section>
    <h4 className="mb-2 text-[12px] font-semibold text-accent-text">{title}</h4>
    <dl className="flex flex-col gap-2.5">{children}</dl>
  </section>
);

'use client';
import { Library, X } from 'lucide-react';
import { useMemo } from 'react';
import { freshName } from '../../nodes/component-edits';
import { definitionsFor } from '../../nodes/component-node';
import type { Page } from '../../nodes/component-pages';
import type { Component } from '../../nodes/graph';
import { label } from '../../nodes/label';
import { useEditor, useEditorStore } from './EditorContext';
import { Quiet } from './Quiet';
import { titleOf } from './state/card-title';
import { fieldsOf } from './state/fields';
import { usePublish } from './use-components';

type Side = 'inputs' | 'outputs' | 'params';
type Member = { name: string; title?: string | undefined };

/** What the page's component shows to the outside: sockets and controls, in order, under names one can change. */
export function ComponentPanel() {
  const editor = useEditorStore();
  const page = useEditor((state) => state.graph);
  const { own } = page;
  const card = useEditor(({ path }) => path.at(-1));
  const publish = usePublish();
  const free = useMemo(() => candidates(page), [page]);
  if (!own) return <Quiet>Open a component to see its sockets and controls: double click its card.</Quiet>;
  const change = (recipe: (own: Component) => Component, gesture?: string) =>
    editor.getState().edit((now) => (now.own ? { ...now, own: recipe(now.own) } : now), gesture);
  const list = (side: Side, title: string, none: string) => (
    <Section title={title} none={none} members={own[side]} where={(one) => whereOf(page, one)}>
      {(member: Member) => ({
        rename: (called: string) =>
          change(
            (now) => ({
              ...now,
              [side]: now[side].map((one) => (one.name === member.name ? titled(one, called) : one)),
            }),
            `${side}.${member.name}`,
          ),
        remove: () =>
          change((now) => ({ ...now, [side]: now[side].filter((one: Member) => one.name !== member.name) })),
      })}
    </Section>
  );
  const add = (side: Side, at: string) => {
    const [node = '', port = ''] = at.split('\n');
    change((now) => {
      const name = freshName(port, now[side]);
      if (side === 'inputs') return { ...now, inputs: [...now.inputs, { name, to: [{ node, port }] }] };
      if (side === 'outputs') return { ...now, outputs: [...now.outputs, { name, from: { node, port } }] };
      return { ...now, params: [...now.params, { name, node, param: port }] };
    });
  };
  return (
    <div className="flex flex-col gap-5">
      <label className="block">
        <span className="mb-1 block px-1 text-[11px] font-medium text-ink-3">What it is for</span>
        <textarea
          className="min-h-14 w-full resize-y rounded-lg bg-field px-2.5 py-2 text-[12.5px] leading-snug outline-none focus:bg-field-hover"
          placeholder="Shown in the palette and the library"
          maxLength={1000}
          value={own.says ?? ''}
          onChange={(event) => change((now) => ({ ...now, says: event.target.value }), 'says')}
        />
      </label>
      {list('inputs', 'Inputs', 'It takes nothing from outside.')}
      <Add what="an input" choices={free.inputs} onAdd={(at) => add('inputs', at)} />
      {list('outputs', 'Outputs', 'It gives nothing to the outside.')}
      <Add what="an output" choices={free.outputs} onAdd={(at) => add('outputs', at)} />
      {list('params', 'Controls on its card', 'Its card shows no controls.')}
      <Add what="a control" choices={free.params} onAdd={(at) => add('params', at)} />
      {card !== undefined && (
        <button type="button" className="text-button w-full" onClick={() => publishFrom(editor, card, publish)}>
          <Library size={14} /> Put into the library
        </button>
      )}
    </div>
  );
}

/** The card lies on the page above: from there it is known by its id. */
function publishFrom(editor: ReturnType<typeof useEditorStore>, card: string, publish: (id: string) => void): void {
  editor.getState().leave(editor.getState().path.length - 1);
  publish(card);
}

const titled = <T extends Member>({ title: _, ...rest }: T, called: string) =>
  (called.trim() ? { ...rest, title: called } : rest) as T; // T without what may be absent

function whereOf(page: Page, member: Component[Side][number]): string {
  const ends =
    'to' in member ? member.to : 'from' in member ? [member.from] : [{ node: member.node, port: member.param }];
  return ends
    .map(({ node, port }) => {
      const found = page.nodes.find(({ id }) => id === node);
      return `${found ? titleOf(found, page) : node}, ${label(port).toLowerCase()}`;
    })
    .join(' · ');
}

function Section(props: {
  title: string;
  none: string;
  members: readonly Component[Side][number][];
  where(member: Component[Side][number]): string;
  children(member: Member): { rename(called: string): void; remove(): void };
}) {
  const { title, none, members, where, children } = props;
  return (
    <section aria-label={title} className="-mb-3">
      <h3 className="mb-1.5 px-1 text-[11px] font-medium text-ink-3">{title}</h3>
      {!members.length && <p className="px-1 text-[12px] text-ink-3">{none}</p>}
      <ul className="flex flex-col gap-1.5">
        {members.map((member) => {
          const { rename, remove } = children(member);
          return (
            <li key={member.name} className="rounded-xl border border-line bg-surface px-2.5 py-1.5">
              <div className="flex items-center gap-1">
                <input
                  aria-label={`Name of ${label(member.name)}`}
                  className="min-w-0 flex-1 rounded bg-transparent px-1 font-medium outline-none placeholder:text-ink hover:bg-field focus:bg-field focus:placeholder:text-ink-3"
                  value={member.title ?? ''}
                  placeholder={label(member.name)}
                  maxLength={80}
                  onChange={(event) => rename(event.target.value)}
                />
                <button
                  type="button"
                  aria-label={`Take ${member.title ?? label(member.name)} away`}
                  data-hint="Take it away from the outside"
                  className="flex size-6 flex-none items-center justify-center rounded-md text-ink-3 hover:bg-fill hover:text-ink"
                  onClick={remove}
                >
                  <X size={13} />
                </button>
              </div>
              <p className="truncate px-1 text-[11px] text-ink-3">{where(member)}</p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface Choice {
  at: string;
  says: string;
}

function Add({ what, choices, onAdd }: { what: string; choices: readonly Choice[]; onAdd(at: string): void }) {
  if (!choices.length) return null;
  return (
    <select
      aria-label={`Add ${what}`}
      className="h-8 cursor-pointer rounded-[9px] border border-dashed border-line-strong bg-transparent px-2 text-[12px] text-ink-2 hover:bg-field-hover"
      value=""
      onChange={(event) => onAdd(event.target.value)}
    >
      <option value="" disabled hidden>
        Add {what}
      </option>
      {choices.map(({ at, says }) => (
        <option key={at} value={at}>
          {says}
        </option>
      ))}
    </select>
  );
}

/** What could be shown outside and is not: inputs without a wire, all outputs, all controls. */
function candidates(page: Page): Record<Side, Choice[]> {
  const { own } = page;
  const definitions = definitionsFor(page);
  const fed = new Set([
    ...page.wires.map(({ to }) => `${to.node}\n${to.port}`),
    ...(own?.inputs.flatMap(({ to }) => to.map(({ node, port }) => `${node}\n${port}`)) ?? []),
  ]);
  const given = new Set(own?.outputs.map(({ from }) => `${from.node}\n${from.port}`));
  const shown = new Set(own?.params.map(({ node, param }) => `${node}\n${param}`));
  const of = (names: (node: Page['nodes'][number]) => readonly string[], taken: ReadonlySet<string>) =>
    page.nodes.flatMap((node) =>
      names(node).flatMap((name) => {
        const at = `${node.id}\n${name}`;
        return taken.has(at) ? [] : [{ at, says: `${titleOf(node, page)} · ${label(name)}` }];
      }),
    );
  return {
    inputs: of(({ type }) => Object.keys(definitions[type]?.inputs ?? {}), fed),
    outputs: of(({ type }) => Object.keys(definitions[type]?.outputs ?? {}), given),
    params: of(({ type }) => (definitions[type] ? fieldsOf(definitions[type]).map(({ name }) => name) : []), shown),
  };
}

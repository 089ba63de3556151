'use client';
import { useRouter } from 'next/navigation';
import { ContextMenu } from 'radix-ui';
import { type MouseEvent, type ReactElement, useState } from 'react';
import { toast } from 'sonner';
import { isInForm, toggleInForm } from '../../nodes/form';
import { compareUrl } from '../compare/compare-url';
import { chosenIds } from './chosen';
import { commands, worded } from './commands';
import { isShownOutside, toggleShown } from './component-actions';
import { useDoing } from './DoingContext';
import { useEditorStore } from './EditorContext';
import { cardWidth } from './state/card-size';
import { keysOf, sayCombo, useOwnKeys } from './state/combos';
import { disconnect, type Point, setBends, wireId } from './state/edits';
import { prefixOf } from './state/page-view';
import { shownOn } from './state/shown-outputs';
import { fieldFor, isSweepable } from './state/sweep-fields';
import { useSweep } from './state/sweep-store';
import { useUi } from './state/ui-store';
import { bendIndex } from './state/wire-path';

interface Entry {
  says: string;
  keys?: string;
  /** Stands below a line. */
  apart?: boolean | undefined;
  danger?: boolean | undefined;
  disabled?: boolean | undefined;
  act(): void;
}

/** What the right button offers: for the chosen cards, for a wire, or for the place on the canvas. Fields keep the browser's menu. */
export function CanvasMenu({ children }: { children: ReactElement }) {
  const store = useEditorStore();
  const doing = useDoing();
  const router = useRouter();
  const [entries, setEntries] = useState<readonly Entry[]>([]);

  /** For the control under the pointer. */
  const forControl = (card: string, param: string | undefined): Entry[] => {
    const { root, path } = store.getState();
    const node = prefixOf({ path }) + card;
    const field = param === undefined ? undefined : fieldFor(root, { node, param });
    if (param === undefined || !field) return [];
    const { graph } = store.getState();
    const outside: Entry[] = graph.own
      ? [
          {
            says: isShownOutside(graph, card, param) ? 'Hide on the outside' : 'Show on the outside',
            act: () => toggleShown(store, card, param),
          },
        ]
      : [
          {
            says: isInForm(root, { node, param }) ? 'Take out of the form' : 'Show in form',
            act: () => store.getState().editRoot((now) => toggleInForm(now, { node, param })),
          },
        ];
    if (!isSweepable(field)) return outside;
    const act = () => {
      const { drawer, toggleDrawer } = useUi.getState();
      const { graphId, recall, add } = useSweep.getState();
      const open = window.location.pathname.split('/').at(-1) ?? '';
      if (graphId !== open) recall(open);
      if (!add(root, { node, param }))
        toast('There are four axes already', { description: 'Remove one of them first.' });
      if (drawer !== 'sweep') toggleDrawer('sweep');
    };
    return [{ says: `Sweep ${field.title.toLowerCase()}`, act }, ...outside];
  };
  /** For a card that shows a film or a picture. */
  const forResult = (card: string): Entry[] => {
    const outputs = Object.values(shownOn(card, store.getState())?.outputs ?? {});
    const asset = outputs.find(({ file }) => /^(video|image)\//.test(file?.mime ?? ''))?.file?.asset;
    return asset ? [{ says: 'Compare with …', act: () => router.push(compareUrl(asset)) }] : [];
  };
  const named = (menu: 'cards' | 'place', at: Point): Entry[] =>
    commands
      // Of a card only what makes sense; of the canvas all, so that Undo stays in its place.
      .filter((command) => command.menu === menu && (menu === 'place' || !command.when || command.when(doing)))
      .map((command) => ({
        says: worded(command.short ?? command.says, doing),
        keys: keysOf(command, useOwnKeys.getState().own).slice(0, 1).map(sayCombo).join(),
        ...{ apart: command.apart, danger: command.danger },
        disabled: command.when && !command.when(doing),
        act: () => command.run(doing, at),
      }));
  const forWire = (id: string, screen: Point): Entry[] => [
    {
      says: 'Insert a node',
      act: () => {
        const wire = store.getState().graph.wires.find((one) => wireId(one) === id);
        if (wire) useUi.getState().openPalette({ screen, canvas: doing.onCanvas(screen), wire });
      },
    },
    {
      says: 'Bend it here',
      act: () => {
        const { graph, cards, wires, edit } = store.getState();
        const wire = wires.find((one) => one.id === id);
        const [from, to] = [wire?.source, wire?.target].map((end) => cards.find((card) => card.id === end));
        if (!from || !to) return;
        const at = doing.onCanvas(screen);
        const start = { x: from.position.x + (from.measured?.width ?? cardWidth), y: from.position.y };
        const bends = graph.layout.bends?.[id] ?? [];
        const next = bends.toSpliced(bendIndex(start, bends, { to: to.position, at }), 0, at);
        edit((now) => setBends(now, id, next));
      },
    },
    ...(store.getState().graph.layout.bends?.[id]
      ? [{ says: 'Straighten it', act: () => store.getState().edit((graph) => setBends(graph, id, [])) }]
      : []),
    {
      says: 'Cut this wire',
      danger: true,
      act: () => store.getState().edit((graph) => disconnect(graph, new Set([id]))),
    },
  ];
  const meet = (event: MouseEvent) => {
    const target = event.target instanceof Element ? event.target : null;
    // Where words are written the browser's own menu is wanted; a number has more use for ours.
    if (target?.closest('input:not([inputmode=numeric]), textarea, video, img, a')) return event.stopPropagation();
    const card = target?.closest<HTMLElement>('.react-flow__node')?.dataset['id'];
    const wire = target?.closest<HTMLElement>('.react-flow__edge')?.dataset['id'];
    const isSelection = target?.closest('.react-flow__nodesselection');
    if (card && !chosenIds(store).has(card)) store.getState().select(new Set([card]));
    const param = target?.closest<HTMLElement>('[data-param]')?.dataset['param'];
    const forThis = card ? [...forControl(card, param), ...forResult(card)] : [];
    const at = { x: event.clientX, y: event.clientY };
    if (card || isSelection) setEntries([...forThis, ...named('cards', at)]);
    else if (wire) setEntries(forWire(wire, at));
    else if (target?.closest('.react-flow__pane')) setEntries(named('place', at));
    else event.stopPropagation();
  };

  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild onContextMenuCapture={meet}>
        {children}
      </ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content
          className="floating z-50 w-52 animate-fade rounded-xl p-1"
          // What was chosen may be a field that now wants the focus.
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          {entries.map(({ says, keys, apart, danger, disabled, act }) => (
            <div key={says} className={apart ? 'mt-1 border-t border-line pt-1' : ''}>
              <ContextMenu.Item
                disabled={disabled}
                // Once the menu has gone: it would take the focus from what appears.
                onSelect={() => setTimeout(act)}
                className={`flex cursor-pointer items-center justify-between gap-4 rounded-lg px-2.5 py-1.5 outline-none data-disabled:cursor-default data-disabled:opacity-40 data-highlighted:bg-field-hover ${danger ? 'text-bad' : ''}`}
              >
                {says} <span className="text-[11px] text-ink-3">{keys}</span>
              </ContextMenu.Item>
            </div>
          ))}
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

'use client';
import { useReactFlow } from '@xyflow/react';
import { ContextMenu } from 'radix-ui';
import { type MouseEvent, type ReactElement, useState } from 'react';
import { toast } from 'sonner';
import { canBypass } from '../../nodes/active';
import { registry } from '../../nodes/registry';
import { frameChosen } from './arrange';
import { chosenIds, collapseChosen, duplicateChosen, removeChosen, switchChosen, writeNote } from './chosen';
import { useEditorStore } from './EditorContext';
import { disconnect, type Point, wireId } from './state/edits';
import { fieldFor, isSweepable } from './state/sweep-fields';
import { useSweep } from './state/sweep-store';
import { useUi } from './state/ui-store';
import { useFit, useTidy } from './use-fit';

interface Entry {
  says: string;
  keys?: string;
  /** Stands below a line. */
  apart?: boolean;
  danger?: boolean;
  disabled?: boolean;
  act(): void;
}

/** What the right button offers: for the chosen cards, for a wire, or for the place on the canvas. Fields keep the browser's menu. */
export function CanvasMenu({ children }: { children: ReactElement }) {
  const store = useEditorStore();
  const flow = useReactFlow();
  const showAll = useFit();
  const tidy = useTidy();
  const [entries, setEntries] = useState<readonly Entry[]>([]);

  /** For the control under the pointer. */
  const forControl = (node: string, param: string | undefined): Entry[] => {
    const { graph } = store.getState();
    const field = param === undefined ? undefined : fieldFor(graph, { node, param });
    if (param === undefined || !isSweepable(field)) return [];
    const act = () => {
      const { drawer, toggleDrawer } = useUi.getState();
      const { graphId, recall, add } = useSweep.getState();
      const open = window.location.pathname.split('/').at(-1) ?? '';
      if (graphId !== open) recall(open);
      if (!add(graph, { node, param }))
        toast('There are four axes already', { description: 'Remove one of them first.' });
      if (drawer !== 'sweep') toggleDrawer('sweep');
    };
    return [{ says: `Sweep ${field?.title.toLowerCase()}`, act }];
  };
  const forCards = (screen: Point): Entry[] => {
    const [id = '', ...more] = chosenIds(store);
    const isCard = store.getState().byId.has(id) && !more.length;
    return [
      ...(isCard ? [{ says: 'Rename', keys: 'F2', act: () => useUi.getState().rename(id) }] : []),
      ...(isCard
        ? [
            {
              says: 'Replace',
              act: () =>
                useUi.getState().openPalette({ screen, canvas: flow.screenToFlowPosition(screen), replaces: id }),
            },
          ]
        : []),
      { says: 'Duplicate', keys: 'Ctrl D', act: () => duplicateChosen(store) },
      { says: 'Frame', keys: 'Ctrl G', act: () => frameChosen(store) },
      { says: 'Collapse or unfold', keys: 'C', act: () => collapseChosen(store) },
      ...switches(),
      { says: 'Delete', keys: 'Delete', apart: true, danger: true, act: () => removeChosen(store) },
    ];
  };
  const switches = (): Entry[] => {
    const { byId } = store.getState();
    const nodes = [...chosenIds(store)].flatMap((id) => byId.get(id) ?? []);
    const able = nodes.filter(({ type }) => registry[type] && canBypass(registry[type]));
    if (!nodes.length) return [];
    const all = (list: typeof nodes, how: string) => list.length > 0 && list.every(({ off }) => off === how);
    return [
      {
        says: all(able, 'bypass') ? 'Bypass no more' : 'Bypass',
        keys: 'Ctrl B',
        apart: true,
        disabled: !able.length,
        act: () => switchChosen(store, 'bypass'),
      },
      { says: all(nodes, 'mute') ? 'Unmute' : 'Mute', keys: 'Ctrl M', act: () => switchChosen(store, 'mute') },
    ];
  };
  const forWire = (id: string, screen: Point): Entry[] => [
    {
      says: 'Insert a node',
      act: () => {
        const wire = store.getState().graph.wires.find((one) => wireId(one) === id);
        if (wire) useUi.getState().openPalette({ screen, canvas: flow.screenToFlowPosition(screen), wire });
      },
    },
    {
      says: 'Cut this wire',
      danger: true,
      act: () => store.getState().edit((graph) => disconnect(graph, new Set([id]))),
    },
  ];
  const forPlace = (screen: Point): Entry[] => {
    const { select, undo, redo, history, cards } = store.getState();
    const { x, y } = flow.screenToFlowPosition(screen);
    const at = { x: Math.round(x), y: Math.round(y) };
    return [
      { says: 'Add a node', keys: 'Space', act: () => useUi.getState().openPalette({ screen, canvas: at }) },
      {
        says: 'Write a note',
        keys: 'N',
        act: () => writeNote(store, at),
      },
      { says: 'Undo', keys: 'Ctrl Z', apart: true, disabled: !history.past.length, act: undo },
      { says: 'Redo', keys: 'Ctrl Shift Z', disabled: !history.future.length, act: redo },
      { says: 'Choose all', keys: 'Ctrl A', apart: true, act: () => select(new Set(cards.map(({ id }) => id))) },
      { says: 'Tidy up', keys: 'T', act: tidy },
      { says: 'Fit everything', keys: 'F', act: () => showAll() },
    ];
  };

  const meet = (event: MouseEvent) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('input, textarea, video, img, a')) return event.stopPropagation();
    const card = target?.closest<HTMLElement>('.react-flow__node')?.dataset['id'];
    const wire = target?.closest<HTMLElement>('.react-flow__edge')?.dataset['id'];
    const isSelection = target?.closest('.react-flow__nodesselection');
    if (card && !chosenIds(store).has(card)) store.getState().select(new Set([card]));
    const param = target?.closest<HTMLElement>('[data-param]')?.dataset['param'];
    const forThis = card ? forControl(card, param) : [];
    if (card || isSelection) setEntries([...forThis, ...forCards({ x: event.clientX, y: event.clientY })]);
    else if (wire) setEntries(forWire(wire, { x: event.clientX, y: event.clientY }));
    else if (target?.closest('.react-flow__pane')) setEntries(forPlace({ x: event.clientX, y: event.clientY }));
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

'use client';
import { NodeToolbar, Position } from '@xyflow/react';
import {
  AlignCenterHorizontal,
  AlignCenterVertical,
  AlignEndHorizontal,
  AlignEndVertical,
  AlignHorizontalSpaceAround,
  AlignStartHorizontal,
  AlignStartVertical,
  AlignVerticalSpaceAround,
  Copy,
  EyeOff,
  Group,
  type LucideIcon,
  Minimize2,
  Package,
  Redo,
  Trash2,
} from 'lucide-react';
import { Popover } from 'radix-ui';
import { useShallow } from 'zustand/react/shallow';
import { alignChosen } from './chosen';
import { commandOf } from './commands';
import { useDoing, useHint } from './DoingContext';
import { useEditor, useEditorStore } from './EditorContext';
import type { Alignment } from './state/align';

const lines: readonly { how: Alignment; says: string; Icon: LucideIcon }[] = [
  { how: 'left', says: 'Left edges', Icon: AlignStartVertical },
  { how: 'center', says: 'Middles, one above another', Icon: AlignCenterVertical },
  { how: 'right', says: 'Right edges', Icon: AlignEndVertical },
  { how: 'across', says: 'Equal gaps across', Icon: AlignHorizontalSpaceAround },
  { how: 'top', says: 'Upper edges', Icon: AlignStartHorizontal },
  { how: 'middle', says: 'Middles, side by side', Icon: AlignCenterHorizontal },
  { how: 'bottom', says: 'Lower edges', Icon: AlignEndHorizontal },
  { how: 'down', says: 'Equal gaps downwards', Icon: AlignVerticalSpaceAround },
];

const tools: readonly { id: string; says: string; Icon: LucideIcon }[] = [
  { id: 'duplicate', says: 'Duplicate', Icon: Copy },
  { id: 'frame', says: 'Frame', Icon: Group },
  { id: 'component', says: 'Make component', Icon: Package },
  { id: 'collapse', says: 'Collapse, or unfold', Icon: Minimize2 },
  { id: 'bypass', says: 'Bypass, or no more', Icon: Redo },
  { id: 'mute', says: 'Mute, or unmute', Icon: EyeOff },
  { id: 'delete', says: 'Delete', Icon: Trash2 },
];

/** What can be done with several cards at once, above them while they are chosen. */
export function SelectionBar() {
  const editor = useEditorStore();
  const ids = useEditor(
    useShallow((state) => state.cards.flatMap(({ id, type, selected }) => (selected && type === 'card' ? [id] : []))),
  );
  const isDragging = useEditor((state) => state.cards.some(({ dragging }) => dragging));
  if (ids.length < 2) return null;
  return (
    <NodeToolbar nodeId={ids} isVisible={!isDragging} position={Position.Top} offset={14}>
      <div
        role="toolbar"
        aria-label="Chosen cards"
        className="floating flex h-10 animate-fade items-center gap-0.5 rounded-xl px-1"
      >
        <span className="number px-2 text-[11px] text-ink-3">{ids.length}</span>
        <Popover.Root>
          <Popover.Trigger className="icon-button" aria-label="Align" data-hint="Align">
            <AlignStartVertical size={15} />
          </Popover.Trigger>
          <Popover.Portal>
            <Popover.Content
              sideOffset={8}
              className="floating z-50 grid animate-fade grid-cols-4 gap-0.5 rounded-xl p-1"
            >
              {lines.map(({ how, says, Icon }) => (
                <button
                  key={how}
                  type="button"
                  className="icon-button"
                  aria-label={says}
                  data-hint={says}
                  onClick={() => alignChosen(editor, how)}
                >
                  <Icon size={15} />
                </button>
              ))}
            </Popover.Content>
          </Popover.Portal>
        </Popover.Root>
        {tools.map((tool) => (
          <Tool key={tool.id} {...tool} />
        ))}
      </div>
    </NodeToolbar>
  );
}

function Tool({ id, says, Icon }: (typeof tools)[number]) {
  const doing = useDoing();
  const hint = useHint(id, says);
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={says}
      data-hint={hint}
      onClick={({ clientX, clientY }) => commandOf(id).run(doing, { x: clientX, y: clientY })}
    >
      <Icon size={15} />
    </button>
  );
}

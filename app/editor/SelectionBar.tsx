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
  Redo,
  Trash2,
} from 'lucide-react';
import { Popover } from 'radix-ui';
import { useMemo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { frameChosen } from './arrange';
import { alignChosen, collapseChosen, duplicateChosen, removeChosen, switchChosen } from './chosen';
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

/** What can be done with several cards at once, above them while they are chosen. */
export function SelectionBar() {
  const editor = useEditorStore();
  const ids = useEditor(
    useShallow((state) => state.cards.flatMap(({ id, type, selected }) => (selected && type === 'card' ? [id] : []))),
  );
  const isDragging = useEditor((state) => state.cards.some(({ dragging }) => dragging));
  const tools = useMemo(
    () => [
      { says: 'Duplicate · Ctrl D', Icon: Copy, act: () => duplicateChosen(editor) },
      { says: 'Frame · Ctrl G', Icon: Group, act: () => frameChosen(editor) },
      { says: 'Collapse, or unfold · C', Icon: Minimize2, act: () => collapseChosen(editor) },
      { says: 'Bypass, or no more · Ctrl B', Icon: Redo, act: () => switchChosen(editor, 'bypass') },
      { says: 'Mute, or unmute · Ctrl M', Icon: EyeOff, act: () => switchChosen(editor, 'mute') },
      { says: 'Delete · Delete', Icon: Trash2, act: () => removeChosen(editor) },
    ],
    [editor],
  );
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
        {tools.map(({ says, Icon, act }) => (
          <button
            key={says}
            type="button"
            className="icon-button"
            aria-label={says.split(' · ')[0]}
            data-hint={says}
            onClick={act}
          >
            <Icon size={15} />
          </button>
        ))}
      </div>
    </NodeToolbar>
  );
}

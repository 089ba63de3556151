'use client';
import { MiniMap, type ReactFlowState, useStore } from '@xyflow/react';
import { useCallback } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { useEditor, useEditorStore } from './EditorContext';
import { kindOfNode } from './SectionIcon';
import { liesBeneath, overview, overviewPlace } from './state/overview-place';
import { useUi } from './state/ui-store';

/** The whole graph, small, in the corner. It steps aside for a chosen card beneath it: one that was just put there, or is dragged. */
export function Overview() {
  const store = useEditorStore();
  const hasDrawer = useUi((state) => state.drawer !== null);
  const chosen = useEditor(
    useShallow((state) => state.cards.flatMap(({ id, selected, type }) => (selected && type !== 'group' ? [id] : []))),
  );
  const isAside = useStore(
    useCallback(
      ({ width, height, nodeLookup, transform: [x, y, zoom] }: ReactFlowState) => {
        const place = chosen.length ? overviewPlace({ width, height, hasDrawer }) : null;
        if (!place) return false;
        return chosen.some((id) => {
          const card = nodeLookup.get(id);
          if (!card) return false;
          const { width: wide = 0, height: high = 0 } = card.measured;
          const box = { ...card.internals.positionAbsolute, width: wide, height: high };
          return liesBeneath(box, place, { view: { x, y, zoom } });
        });
      },
      [chosen, hasDrawer],
    ),
  );
  return (
    <MiniMap
      className={`floating !bottom-4 overflow-hidden rounded-xl transition-[right,opacity] duration-200 max-[900px]:!hidden ${hasDrawer ? '!right-[368px] max-[1200px]:!hidden' : '!right-4'} ${isAside ? '!pointer-events-none opacity-0' : ''}`}
      style={{ width: overview.width, height: overview.height }}
      pannable
      zoomable
      nodeBorderRadius={16}
      nodeStrokeWidth={0}
      nodeColor={(node) => {
        const { byId, definitions } = store.getState();
        const type = byId.get(node.id)?.type ?? '';
        const kind = kindOfNode(type, definitions[type]);
        return kind ? `color-mix(in oklab, var(--kind-${kind}) 75%, transparent)` : 'var(--line)';
      }}
      ariaLabel="Overview"
    />
  );
}

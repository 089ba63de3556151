'use client';
import {
  Background,
  BackgroundVariant,
  type EdgeTypes,
  MiniMap,
  type NodeTypes,
  ReactFlow,
  useReactFlow,
} from '@xyflow/react';
import { type MouseEvent, useMemo, useRef, useState } from 'react';
import { ConnectionBubble } from './ConnectionBubble';
import { useEditor, useEditorStore } from './EditorContext';
import { GroupFrame } from './GroupFrame';
import { NodeCard } from './NodeCard';
import { NoteCard } from './NoteCard';
import { kindOfNode } from './SectionIcon';
import type { CanvasNode, CanvasWire } from './state/drawing';
import { useUi } from './state/ui-store';
import { useDrops } from './use-drops';
import { useWiring } from './use-wiring';
import { Wire } from './Wire';

const nodeTypes: NodeTypes = { card: NodeCard, note: NoteCard, group: GroupFrame };
const edgeTypes: EdgeTypes = { wire: Wire };
/** Beyond this many cards only those in sight are kept in the page. */
const manyCards = 120;

/** The canvas. It draws what the store holds and turns gestures into edits; it decides nothing itself. */
export function Canvas() {
  const store = useEditorStore();
  const cards = useEditor((state) => state.cards);
  const wires = useEditor((state) => state.wires);
  const minimap = useUi((state) => state.minimap);
  const frame = useRef<HTMLDivElement>(null);
  const flow = useReactFlow<CanvasNode, CanvasWire>();
  const wiring = useWiring(frame);
  const drops = useDrops();
  const state = store.getState();
  const fitViewOptions = useMemo(
    () => ({ padding: { top: '76px', bottom: '104px', x: '40px' } as const, maxZoom: 1.05 }),
    [],
  );

  // The first drawing is already about as far away as the fitted view will be: no card is drawn twice.
  const [guess] = useState(() => viewGuess(store.getState().cards));

  const addHere = (event: MouseEvent) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target?.classList.contains('react-flow__pane')) return;
    const screen = { x: event.clientX, y: event.clientY };
    useUi.getState().openPalette({ screen, canvas: flow.screenToFlowPosition(screen) });
  };
  return (
    <div ref={frame} className="canvas absolute inset-0" onDoubleClick={addHere} {...drops}>
      <ReactFlow<CanvasNode, CanvasWire>
        nodes={cards}
        edges={wires}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={state.cardsChanged}
        onEdgesChange={state.wiresChanged}
        {...wiring}
        defaultViewport={guess}
        fitView
        fitViewOptions={fitViewOptions}
        minZoom={0.1}
        maxZoom={2.5}
        zoomOnDoubleClick={false}
        deleteKeyCode={null}
        panActivationKeyCode={null}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={['Shift', 'Meta', 'Control']}
        panOnDrag={[0, 1]}
        connectionRadius={26}
        connectionDragThreshold={2}
        nodeDragThreshold={2}
        elevateNodesOnSelect
        onlyRenderVisibleElements={cards.length > manyCards}
        connectionLineStyle={{ stroke: 'var(--wiring, var(--accent))', strokeWidth: 2.5 }}
        aria-label="Graph"
        attributionPosition="bottom-left"
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.6} />
        {minimap && cards.length > 0 && (
          <MiniMap
            className="floating !right-4 !bottom-4 overflow-hidden rounded-xl max-[900px]:!hidden"
            style={{ width: 168, height: 108 }}
            pannable
            zoomable
            nodeBorderRadius={16}
            nodeStrokeWidth={0}
            nodeColor={(node) => {
              const kind = kindOfNode(store.getState().byId.get(node.id)?.type ?? '');
              return kind ? `color-mix(in oklab, var(--kind-${kind}) 75%, transparent)` : 'var(--line)';
            }}
            ariaLabel="Overview"
          />
        )}
      </ReactFlow>
      <ConnectionBubble />
    </div>
  );
}

function viewGuess(cards: readonly CanvasNode[]): { x: number; y: number; zoom: number } {
  if (!cards.length || typeof window === 'undefined') return { x: 0, y: 0, zoom: 1 };
  const left = Math.min(...cards.map(({ position }) => position.x));
  const top = Math.min(...cards.map(({ position }) => position.y));
  const right = Math.max(...cards.map(({ position, width = 0 }) => position.x + width));
  const bottom = Math.max(
    ...cards.map(({ position, height, initialHeight = 0 }) => position.y + (height ?? initialHeight)),
  );
  const fit = Math.min((window.innerWidth - 80) / (right - left), (window.innerHeight - 180) / (bottom - top));
  const zoom = Math.min(1.05, Math.max(0.1, fit));
  return { x: 40 - left * zoom, y: 76 - top * zoom, zoom };
}

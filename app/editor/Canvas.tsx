'use client';
import { type EdgeTypes, type NodeTypes, ReactFlow, useReactFlow, useStore, type Viewport } from '@xyflow/react';
import { type MouseEvent, type PointerEvent, useCallback, useEffect, useRef, useState } from 'react';
import { CanvasMenu } from './CanvasMenu';
import { ConnectionBubble } from './ConnectionBubble';
import { useShownPage } from './Crumbs';
import { canOpen, openComponent } from './component-actions';
import { Dots } from './Dots';
import { useEditor, useEditorStore } from './EditorContext';
import { GroupFrame } from './GroupFrame';
import { NodeCard } from './NodeCard';
import { NoteCard } from './NoteCard';
import { Overview } from './Overview';
import { SelectionBar } from './SelectionBar';
import { seenFromAfar } from './state/card-size';
import type { CanvasNode, CanvasWire } from './state/drawing';
import { rememberView, viewOf } from './state/open-editors';
import { useUi } from './state/ui-store';
import { useDrops } from './use-drops';
import { farthest, useKeptFit, viewOfAll } from './use-fit';
import { useWiring } from './use-wiring';
import { Wire } from './Wire';

const nodeTypes: NodeTypes = { card: NodeCard, note: NoteCard, group: GroupFrame };
const edgeTypes: EdgeTypes = { wire: Wire };
/**
 * Beyond this many cards only those in sight are kept in the page. From afar nearly all are, in a simple form: there,
 * putting them in and out while the view moves would cost more than it spares.
 */
const manyCards = 120;

/** How wide round a wire the hand finds it, in canvas pixels. */
const [wide, bare] = [{ interactionWidth: 18 }, { interactionWidth: 0 }];

/** How long after a large graph has been drawn comes what is less urgent, in milliseconds. */
const breath = 300;

/**
 * Whether the page has come to rest after its opening. Of a large graph the cards and wires come first, at once; the overview,
 * and the ends wires are replugged by, when that has been drawn.
 */
function useRest(cards: number): boolean {
  const [isAtRest, setAtRest] = useState(cards <= manyCards);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const drawn = () => {
      timer = setTimeout(() => setAtRest(true), breath);
    };
    // The second frame from now comes after the first with cards in it.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(drawn);
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, []);
  return isAtRest;
}

/** The canvas. It draws what the store holds and turns gestures into edits; it decides nothing itself. */
export function Canvas() {
  const store = useEditorStore();
  const cards = useEditor((state) => state.cards);
  const wires = useEditor((state) => state.wires);
  const minimap = useUi((state) => state.minimap);
  const frame = useRef<HTMLDivElement>(null);
  const flow = useReactFlow<CanvasNode, CanvasWire>();
  const isFar = useStore(seenFromAfar);
  const wiring = useWiring(frame);
  const drops = useDrops();
  const state = store.getState();
  const [view] = useState(() => viewOf(store));
  // What is fitted later is there from the first drawing: no card is drawn twice.
  const [first] = useState(() => view ?? viewOfAll(state) ?? { x: 0, y: 0, zoom: 1 });
  useEffect(() => {
    useUi.getState().setFitted(!view);
    useUi.getState().advise(null);
    return () => rememberView(store, useUi.getState().fitted ? undefined : flow.getViewport());
  }, [store, flow, view]);
  const isAtRest = useRest(cards.length);
  useKeptFit();
  useShownPage();

  /** Opens a component, or offers what can be added to the empty place. */
  const opened = (event: MouseEvent) => {
    const target = event.target instanceof Element ? event.target : null;
    const card = target?.closest<HTMLElement>('.react-flow__node')?.dataset['id'];
    if (card && !target?.closest('.nodrag') && canOpen(store, card)) return openComponent(store, card);
    if (!target?.classList.contains('react-flow__pane')) return;
    const screen = { x: event.clientX, y: event.clientY };
    useUi.getState().openPalette({ screen, canvas: flow.screenToFlowPosition(screen) });
  };
  /** One of several chosen cards, pressed and not moved, is chosen alone. */
  const choose = useCallback(
    ({ shiftKey, metaKey, ctrlKey }: MouseEvent, { id }: CanvasNode) => {
      if (!shiftKey && !metaKey && !ctrlKey) store.getState().select(new Set([id]));
    },
    [store],
  );
  const pressed = (event: PointerEvent) => {
    if (event.target instanceof Element && event.target.closest('.react-flow__minimap'))
      useUi.getState().setFitted(false);
  };
  /**
   * Told to the style sheet only: nothing is drawn anew by React. A view that is not zoomed is pushed along as it is; from afar
   * cards are so simple that painting them costs less than putting layers together.
   */
  const zoom = useRef(first.zoom);
  const moving = (view: Viewport) => {
    const isPushed = view.zoom === zoom.current && !seenFromAfar({ transform: [view.x, view.y, view.zoom] });
    if (frame.current) frame.current.dataset['moving'] = isPushed ? 'pushed' : '';
    zoom.current = view.zoom;
  };
  const still = (view: Viewport) => {
    delete frame.current?.dataset['moving'];
    zoom.current = view.zoom;
  };
  return (
    <CanvasMenu>
      <div
        ref={frame}
        className="canvas absolute inset-0"
        onDoubleClick={opened}
        onPointerDownCapture={pressed}
        {...drops}
      >
        <ReactFlow<CanvasNode, CanvasWire>
          nodes={cards}
          edges={wires}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          onNodesChange={state.cardsChanged}
          onNodeClick={choose}
          onEdgesChange={state.wiresChanged}
          onMove={(event, view) => {
            if (event && useUi.getState().fitted) useUi.getState().setFitted(false);
            moving(view);
          }}
          onMoveEnd={(_, view) => still(view)}
          {...wiring}
          defaultViewport={first}
          minZoom={farthest}
          maxZoom={2.5}
          zoomOnDoubleClick={false}
          deleteKeyCode={null}
          panActivationKeyCode={null}
          selectionKeyCode="Shift"
          multiSelectionKeyCode={['Shift', 'Meta', 'Control']}
          panOnDrag={[0, 1]}
          edgesReconnectable={isAtRest}
          defaultEdgeOptions={isAtRest ? wide : bare}
          connectionRadius={26}
          connectionDragThreshold={2}
          nodeDragThreshold={2}
          elevateNodesOnSelect
          onlyRenderVisibleElements={cards.length > manyCards && !isFar}
          connectionLineStyle={{ stroke: 'var(--wiring, var(--accent))', strokeWidth: 2.5 }}
          aria-label="Graph"
          attributionPosition="bottom-left"
        >
          <Dots />
          <SelectionBar />
          {minimap && isAtRest && cards.length > 0 && <Overview />}
        </ReactFlow>
        <ConnectionBubble />
      </div>
    </CanvasMenu>
  );
}

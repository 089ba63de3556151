'use client';
import { type FitViewOptions, getViewportForBounds, type Rect, useReactFlow, type Viewport } from '@xyflow/react';
import { useCallback, useEffect, useRef } from 'react';
import { trailTo } from '../../nodes/flatten';
import { tidyCards } from './arrange';
import { openPageOf } from './component-actions';
import { useEditor, useEditorStore } from './EditorContext';
import { showFace } from './form/use-face';
import { cardHeight } from './state/card-size';
import type { CanvasNode, CanvasWire } from './state/drawing';
import type { Editor, EditorState } from './state/editor-store';
import type { Point } from './state/edits';
import { freePlace } from './state/free-place';
import { overviewPlace, viewBesideOverview } from './state/overview-place';
import { heightWithPicture } from './state/picture-room';
import { useTabs } from './state/tabs';
import { drawerRoom, useUi } from './state/ui-store';

/** Below this width, in window pixels, a whole graph is too small to read: then its beginning is shown. */
const narrow = 700;
/** How long after the opening cards may still find their size, in milliseconds. */
const settling = 2000;
/** How far away everything may be shown. */
export const farthest = 0.1;
/** Cards are read and used without strain down to this zoom. */
const legible = 0.5;

/** How everything is brought into view: clear of the bars, of the dock and of an open drawer, and `more` window pixels. */
export function fitOptions(
  cards: readonly CanvasNode[],
  hasDrawer: boolean,
  more = { right: 0, bottom: 0 },
): FitViewOptions<CanvasNode> {
  const width = typeof window === 'undefined' ? 1440 : window.innerWidth;
  const hasTabs = useTabs.getState().tabs.length > 1;
  const room = hasDrawer && width > 1000 ? drawerRoom : 0;
  return {
    padding: {
      top: `${(width <= 640 ? 128 : 76) + (hasTabs ? 38 : 0)}px`,
      bottom: `${Math.max(96, more.bottom)}px`,
      left: '28px',
      right: `${28 + room + more.right}px`,
    },
    maxZoom: 1.05,
    ...(width < narrow ? { nodes: beginning(cards, width - 56) } : {}),
  };
}

/** The cards at the left that fit a narrow window while they can be read. */
function beginning(cards: readonly CanvasNode[], room: number): { id: string }[] {
  const left = Math.min(...cards.map(({ position }) => position.x));
  const near = cards.filter(({ position, width = 0 }) => (position.x + width - left) * legible <= room);
  return near.length ? near : cards.slice(0, 1);
}

function boundsOf(boxes: readonly Rect[]): Rect {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * The view that has everything in it, with room for the pictures that are to come, and nothing beneath the overview; undefined
 * when there is nothing.
 */
export function viewOfAll(state: EditorState): Viewport | undefined {
  const { drawer, minimap } = useUi.getState();
  const hasDrawer = drawer !== null;
  const { nodes } = fitOptions(state.cards, hasDrawer);
  const wanted = nodes && new Set(nodes.map(({ id }) => id));
  const shown = wanted ? state.cards.filter(({ id }) => wanted.has(id)) : state.cards;
  if (!shown.length || typeof window === 'undefined') return undefined;
  const boxOf = (card: CanvasNode): Rect => ({
    ...card.position,
    width: card.width ?? 0,
    height: heightWithPicture(state, card),
  });
  const all = boundsOf(shown.map(boxOf));
  // A group is mostly bare.
  const boxes = shown.filter(({ type }) => type !== 'group').map(boxOf);
  const { innerWidth: width, innerHeight: height } = window;
  const place = minimap ? overviewPlace({ width, height, hasDrawer }) : null;
  return viewBesideOverview(boxes, place, (more) => {
    const { padding, maxZoom } = fitOptions(state.cards, hasDrawer, more);
    return getViewportForBounds(all, width, height, farthest, maxZoom ?? 1, padding ?? 0);
  });
}

/** Brings everything into view, and keeps it there until the person moves the view themselves. */
export function useFit() {
  const store = useEditorStore();
  const flow = useReactFlow<CanvasNode, CanvasWire>();
  return useCallback(
    async (duration = 240): Promise<void> => {
      useUi.getState().setFitted(true);
      const view = viewOfAll(store.getState());
      if (view) await flow.setViewport(view, { duration });
    },
    [store, flow],
  );
}

/** Where a new card of a type covers none of the page: as near to the wished place as that can be. */
export function placeFor(editor: Editor, type: string, wished: Point): Point {
  const { cards, definitions } = editor.getState();
  return freePlace(cards, cardHeight(definitions[type]), wished);
}

/** Where a card that was asked for by name comes to lie: in the middle of what is seen, beside what is there. */
export function useAddInMiddle() {
  const flow = useReactFlow();
  const store = useEditorStore();
  return useCallback(
    (type: string) => {
      const { x, y } = flow.screenToFlowPosition({ x: window.innerWidth / 2, y: window.innerHeight / 2 });
      return placeFor(store, type, { x: Math.round(x - 136), y: Math.round(y - 80) });
    },
    [flow, store],
  );
}

/** Lays all cards out afresh, and shows them as they then lie. */
export function useTidy() {
  const store = useEditorStore();
  const showAll = useFit();
  return useCallback(() => {
    tidyCards(store);
    // Once the cards have been drawn in their new places.
    setTimeout(showAll, 40);
  }, [store, showAll]);
}

/** A view nobody has moved follows the window and the drawer. */
export function useKeptFit(): void {
  const showAll = useFit();
  // On an empty canvas a first card stays where it was put; what is brought at once is shown whole.
  const count = useEditor((state) => state.cards.length);
  const wasEmpty = useRef(count === 0);
  useEffect(() => {
    if (!wasEmpty.current || !count) return;
    wasEmpty.current = false;
    if (count > 1) void showAll(0);
    else useUi.getState().setFitted(false);
  }, [count, showAll]);
  const hasDrawer = useUi((state) => state.drawer !== null);
  const had = useRef(hasDrawer);
  // The first view was made for sizes that were guessed. What the cards turn out to be is fitted at once, unseen.
  const heights = useEditor((state) => state.cards.reduce((sum, { measured }) => sum + (measured?.height ?? 0), 0));
  const hasTabs = useTabs((state) => state.tabs.length > 1);
  const known = useRef({ heights, hasTabs });
  const begun = useRef(0);
  useEffect(() => {
    // From the first press on, nothing moves away under the hand.
    const settled = () => {
      begun.current = Number.NEGATIVE_INFINITY;
    };
    window.addEventListener('pointerdown', settled, { capture: true, once: true });
    return () => window.removeEventListener('pointerdown', settled, { capture: true });
  }, []);
  useEffect(() => {
    begun.current ||= Date.now();
    if (heights === known.current.heights && hasTabs === known.current.hasTabs) return;
    known.current = { heights, hasTabs };
    if (Date.now() - begun.current < settling && useUi.getState().fitted) void showAll(0);
  }, [heights, hasTabs, showAll]);
  useEffect(() => {
    if (had.current !== hasDrawer && useUi.getState().fitted) void showAll();
    had.current = hasDrawer;
  }, [showAll, hasDrawer]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const resized = () => {
      clearTimeout(timer);
      timer = setTimeout(() => useUi.getState().fitted && showAll(), 120);
    };
    window.addEventListener('resize', resized);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('resize', resized);
    };
  }, [showAll]);
}

/** Leads the eye to a node by its id in the flat graph (`component/inner`): the page it lies on is opened first. */
export function useShowNode() {
  const store = useEditorStore();
  const show = useShowCard();
  return useCallback(
    (flatId: string) => {
      const { root, path } = store.getState();
      if (!trailTo(root, flatId).length) return;
      const card = openPageOf(store, flatId);
      // Another page leads there itself, once it is drawn.
      if (store.getState().path.join('/') !== path.join('/') && useUi.getState().face === 'graph')
        useUi.setState({ leadTo: card });
      else show(card);
    },
    [store, show],
  );
}

/** Puts the keyboard on a card; one that has just been made is in the page some frames later. */
export function focusCard(id: string, patience = 10): void {
  const card = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
  if (card) card.focus({ preventScroll: true });
  else if (patience > 0) requestAnimationFrame(() => focusCard(id, patience - 1));
}

/** Leads the eye to one card of the page: chosen, in sight, and with the keyboard on it. */
export function useShowCard() {
  const store = useEditorStore();
  const flow = useReactFlow<CanvasNode, CanvasWire>();
  const lead = useCallback(
    (id: string) => {
      const card = flow.getInternalNode(id);
      if (!card) return;
      store.getState().select(new Set([id]));
      const { x, y } = flow.flowToScreenPosition(card.internals.positionAbsolute);
      const zoom = flow.getZoom();
      const right = x + (card.measured.width ?? 0) * zoom;
      const bottom = y + (card.measured.height ?? 0) * zoom;
      const { drawer, setFitted } = useUi.getState();
      const isClear =
        x > 0 && y > 60 && right < window.innerWidth - (drawer ? drawerRoom : 0) && bottom < window.innerHeight - 70;
      if (!isClear || zoom < legible) {
        setFitted(false);
        const { padding } = fitOptions(store.getState().cards, drawer !== null);
        void flow.fitView({ nodes: [{ id }], padding, maxZoom: Math.max(0.9, zoom), duration: 300 });
      }
      focusCard(id);
    },
    [store, flow],
  );
  return useCallback(
    (id: string) => {
      if (useUi.getState().face === 'graph') return lead(id);
      showFace(store, 'graph');
      // Once the cards have been drawn.
      setTimeout(() => lead(id), 400);
    },
    [store, lead],
  );
}

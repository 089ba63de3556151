'use client';
import {
  type Connection,
  type Edge,
  type FinalConnectionState,
  type HandleType,
  type OnConnectStartParams,
  useReactFlow,
} from '@xyflow/react';
import { type RefObject, useMemo, useRef } from 'react';
import { toast } from 'sonner';
import type { Graph, GraphWire } from '../../nodes/graph';
import { useEditorStore } from './EditorContext';
import type { Editor } from './state/editor-store';
import { connect, disconnect, wireId } from './state/edits';
import { kindOf, type LooseEnd, portOnBody, wireTo } from './state/fitting';
import { gestureNow, recommend } from './state/model-defaults';
import { refusal } from './state/refusal';
import { useUi } from './state/ui-store';

/** Everything that happens between grasping a wire and letting it go. */
export function useWiring(frame: RefObject<HTMLDivElement | null>) {
  const store = useEditorStore();
  const { screenToFlowPosition } = useReactFlow();
  /** The end of a laid wire is in the hand: React Flow then tells of a connection, too. */
  const isMoving = useRef(false);
  return useMemo(() => {
    const lay = (wire: GraphWire) => layWire(store, wire);
    const mark = (end: LooseEnd | null) => {
      const element = frame.current;
      if (!element) return;
      const kind = end && kindOf(store.getState().graph, end);
      if (end && kind) {
        element.dataset['wiring'] = kind;
        element.dataset['from'] = end.side;
        element.style.setProperty('--wiring', `var(--kind-${kind})`);
      } else {
        delete element.dataset['wiring'];
        delete element.dataset['from'];
      }
    };

    /** A wire let go: on a card's body it finds its socket; over nothing it is cut if it was laid, else asks what should be there. */
    const letGo = (end: LooseEnd, event: MouseEvent | TouchEvent) => {
      const { graph, models } = store.getState();
      const at = 'changedTouches' in event ? event.changedTouches[0] : event;
      if (!at) return;
      const screen = { x: at.clientX, y: at.clientY };
      const under = document.elementFromPoint(screen.x, screen.y);
      const card = under?.closest<HTMLElement>('[data-node]')?.dataset['node'];
      if (card === end.node || under?.closest('.react-flow__handle')) return;
      if (card) {
        const port = portOnBody(graph, models, { end, node: card });
        if (port) return lay(wireTo(end, { node: card, port }));
        toast('Nothing on this card takes that wire', { description: 'Sockets of the same colour fit together.' });
      } else if (under?.classList.contains('react-flow__pane')) {
        const laid = wireInto(graph, end);
        if (laid.size) return store.getState().edit((now) => disconnect(now, laid));
        useUi.getState().openPalette({ screen, canvas: screenToFlowPosition(screen), end });
      }
    };

    return {
      onConnect: (connection: Connection) => {
        const wire = wireOf(connection);
        if (wire) lay(wire);
      },
      isValidConnection: (connection: Connection | Edge) => {
        const wire = wireOf(connection);
        const { graph, models } = store.getState();
        return wire !== null && refusal(graph, wire, models) === null;
      },
      onConnectStart: (_: unknown, { nodeId, handleId, handleType }: OnConnectStartParams) =>
        mark(nodeId && handleId && handleType ? { node: nodeId, port: handleId, side: handleType } : null),
      onConnectEnd: (event: MouseEvent | TouchEvent, { isValid, fromHandle, toHandle }: FinalConnectionState) => {
        mark(null);
        if (isMoving.current || isValid || toHandle || !fromHandle?.id) return;
        letGo({ node: fromHandle.nodeId, port: fromHandle.id, side: fromHandle.type }, event);
      },
      onReconnect: (old: Edge, connection: Connection) => {
        const wire = wireOf(connection);
        if (wire) store.getState().edit((graph) => connect(disconnect(graph, new Set([old.id])), wire));
      },
      onReconnectStart: (_: unknown, edge: Edge, moving: HandleType) => {
        isMoving.current = true;
        mark(
          // React Flow names the end that stays.
          moving === 'source'
            ? { node: edge.source, port: edge.sourceHandle ?? '', side: 'source' }
            : { node: edge.target, port: edge.targetHandle ?? '', side: 'target' },
        );
      },
      onReconnectEnd: (
        event: MouseEvent | TouchEvent,
        edge: Edge,
        _: HandleType,
        { toHandle }: FinalConnectionState,
      ) => {
        mark(null);
        // Both endings of one gesture come in the same turn, in no promised order.
        setTimeout(() => {
          isMoving.current = false;
        });
        const isOverPane = event.target instanceof Element && event.target.classList.contains('react-flow__pane');
        if (!toHandle && isOverPane) store.getState().edit((graph) => disconnect(graph, new Set([edge.id])));
      },
    };
  }, [store, frame, screenToFlowPosition]);
}

/** Joins two sockets. A card that so gets its first model takes what that recommends. */
export function layWire(editor: Editor, wire: GraphWire): void {
  const { to } = wire;
  const { wired, edit } = editor.getState();
  const hadModel = wired.has(`${to.node}.model`);
  const gesture = gestureNow();
  edit((graph) => connect(graph, wire), gesture);
  if (to.port === 'model' && !hadModel) recommend(editor, to.node, gesture);
}

/** The wire that lies in an input, by its id; none of an output, which may have many. */
export const wireInto = ({ wires }: Pick<Graph, 'wires'>, { node, port, side }: LooseEnd): Set<string> =>
  new Set(wires.filter(({ to }) => side === 'target' && to.node === node && to.port === port).map(wireId));

function wireOf({ source, sourceHandle, target, targetHandle }: Connection | Edge): GraphWire | null {
  if (!sourceHandle || !targetHandle) return null;
  return { from: { node: source, port: sourceHandle }, to: { node: target, port: targetHandle } };
}

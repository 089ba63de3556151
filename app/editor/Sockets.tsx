'use client';
import { Position, type ReactFlowState, useStore, useStoreApi } from '@xyflow/react';
import { memo, useCallback } from 'react';
import type { AnyNode } from '../../nodes/define';
import { useEditorStore } from './EditorContext';
import { isWired, Socket, saySocket } from './Socket';
import { roomForSockets, socketTop } from './state/card-size';

interface Props {
  node: string;
  definition: AnyNode;
  isFar: boolean;
  /** From afar only a card under the hand has sockets one can take hold of. */
  isUnderHand: boolean;
}

/** The sockets of a card, inputs on the left, outputs on the right. */
export const Sockets = memo(function Sockets({ node, definition, isFar, isUnderHand }: Props) {
  if (isFar && !isUnderHand) return <FarSockets node={node} definition={definition} />;
  return <Rows node={node} definition={definition} isBare={isFar} />;
});

type OfCard = Pick<Props, 'node' | 'definition'>;

function Rows({ node, definition, isBare }: OfCard & { isBare: boolean }) {
  return (
    <div className="flex justify-between gap-3 py-2">
      <div className="min-w-0 flex-1">
        {Object.entries(definition.inputs).map(([name, port]) => (
          <Socket key={name} {...{ node, name, port, isBare }} side="target" />
        ))}
      </div>
      <div className="min-w-0">
        {Object.entries(definition.outputs).map(([name, port]) => (
          <Socket key={name} {...{ node, name, port, isBare }} side="source" />
        ))}
      </div>
    </div>
  );
}

/**
 * Sockets no hand is near: a large graph has a thousand, and half of what opening it cost was for these. Where they are the
 * drawing says (`socketPlaces`), so here is only the room for them; while a wire is in the hand, also what React Flow reads of
 * a socket that the wire snaps to. The card the wire comes from, and the one it is about to reach, have real ones.
 */
function FarSockets({ node, definition }: OfCard) {
  const wiring = useStore(
    useCallback(
      ({ connection: { inProgress, fromNode, toNode } }: ReactFlowState) =>
        fromNode?.id === node || toNode?.id === node ? 'here' : inProgress,
      [node],
    ),
  );
  if (wiring === 'here') return <Rows node={node} definition={definition} isBare />;
  return (
    <div style={{ height: roomForSockets(definition) }}>
      {wiring && <SocketMarks node={node} definition={definition} />}
    </div>
  );
}

function SocketMarks({ node, definition: { inputs, outputs } }: OfCard) {
  const flow = useStoreApi();
  const editor = useEditorStore();
  const all = (side: 'source' | 'target', position: Position) =>
    Object.entries(side === 'target' ? inputs : outputs).map(([name, port], row) => (
      <i
        key={`${side} ${name}`}
        role="img"
        aria-label={saySocket(name, port, side)}
        className={`socket react-flow__handle react-flow__handle-${position} ${side} connectable connectableend`}
        data-id={`${flow.getState().rfId}-${node}-${name}-${side}`}
        data-nodeid={node}
        data-handleid={name}
        data-handlepos={position}
        data-kind={port.kind}
        data-wired={isWired(editor.getState(), { node, name, side })}
        data-optional={port.optional}
        style={{ top: socketTop(row) }}
      />
    ));
  return (
    <>
      {all('target', Position.Left)}
      {all('source', Position.Right)}
    </>
  );
}

import { type NodeChange, type ReactFlowState, useStoreApi } from '@xyflow/react';
import { useState } from 'react';
import type { CanvasNode, CanvasWire } from './state/drawing';

/**
 * Keeps React Flow from measuring what it was told. Every card that comes into the page it would search for sockets, ask the
 * browser where each lies, and then draw all cards and wires once more, even where nothing is new. But a card's drawing
 * says where its sockets are (`socketPlaces`), so only its size is looked at, and only a size that has changed is told on.
 * Notes and groups, which say nothing of sockets, are measured as ever.
 *
 * Belongs above the canvas: React Flow takes hold of its measuring when it is first drawn.
 */
export function useToldSizes(): void {
  const flow = useStoreApi<CanvasNode, CanvasWire>();
  useState(() => {
    const { updateNodeInternals: measure } = flow.getState();
    const look: ReactFlowState['updateNodeInternals'] = (updates) => {
      const { nodeLookup, triggerNodeChanges } = flow.getState();
      const untold = new Map([...updates].filter(([id]) => !nodeLookup.get(id)?.internals.userNode.handles));
      if (untold.size) measure(untold);
      const changes: NodeChange<CanvasNode>[] = [];
      for (const [id, { nodeElement }] of updates) {
        const card = untold.has(id) ? undefined : nodeLookup.get(id);
        const { offsetWidth: width, offsetHeight: height } = nodeElement;
        // Without a size it is out of sight, not empty.
        if (!card || !width || !height) continue;
        if (card.measured.width === width && card.measured.height === height) continue;
        changes.push({ id, type: 'dimensions', dimensions: { width, height } });
      }
      if (changes.length) triggerNodeChanges(changes);
    };
    flow.setState({ updateNodeInternals: look });
  });
}

import { type NodeHandle, Position, type ReactFlowState } from '@xyflow/react';
import { isComponent } from '../../../nodes/component';
import type { AnyNode, Ports } from '../../../nodes/define';
import { fieldsOf } from './fields';

/** Below this zoom controls cannot be read, let alone used: cards then keep only name, state, sockets and pictures. */
export const seenFromAfar = ({ transform }: Pick<ReactFlowState, 'transform'>) => transform[2] < 0.36;

/** Width of a card nobody has made wider, in canvas pixels. */
export const cardWidth = 272;

/** A card's name is so tall, the way from socket to socket, and the room above the first and below the last; in canvas pixels. */
const [nameHeight, socketsApart, socketsMargin] = [44, 24, 8];
/** Sockets are so large, and lie across the inner edge of a border so thick. */
const [socketSize, border] = [13, 1];

/** From the inner edge of a card's border down to the socket in this row. */
export const socketTop = (row: number): number =>
  nameHeight + socketsMargin + (row + 0.5) * socketsApart - socketSize / 2;

/** How tall the part of a card with the sockets is. */
export const roomForSockets = ({ inputs, outputs }: AnyNode): number =>
  2 * socketsMargin + socketsApart * Math.max(Object.keys(inputs).length, Object.keys(outputs).length);

const places = new WeakMap<AnyNode, Map<number, NodeHandle[]>>();
const nowhere: NodeHandle[] = [];

/**
 * The sockets of a card of this width, where the style sheet puts them: on its edge, row by row. React Flow, told so, lays
 * wires without measuring every socket first. The same card always gets the same array.
 */
export function socketPlaces(definition: AnyNode | undefined, width: number): NodeHandle[] {
  if (!definition) return nowhere;
  const known = places.get(definition) ?? new Map<number, NodeHandle[]>();
  places.set(definition, known);
  const made = known.get(width) ?? [
    ...placesOf('target', definition.inputs, width),
    ...placesOf('source', definition.outputs, width),
  ];
  known.set(width, made);
  return made;
}

function placesOf(type: NodeHandle['type'], ports: Ports, width: number): NodeHandle[] {
  const isInput = type === 'target';
  const [position, x] = isInput ? [Position.Left, border] : [Position.Right, width - border];
  const size = { width: socketSize, height: socketSize };
  return Object.keys(ports).map((id, row) => ({
    ...{ id, type, position, ...size },
    x: x - socketSize / 2,
    y: border + socketTop(row),
  }));
}

/** About how tall a card will be, in canvas pixels, before it has been drawn: enough to fit a view and to lay a blank one. */
export function cardHeight(definition: AnyNode | undefined): number {
  if (!definition) return 100;
  const fields = fieldsOf(definition);
  const sizes = fields.filter(({ control }) => control === 'size').length;
  const rows = fields
    .filter(({ advanced }) => !advanced)
    .reduce((sum, { control }) => sum + (control === 'words' ? 116 : control === 'asset' ? 108 : 34), 0);
  const has = (name: string) => fields.some((field) => field.name === name);
  // A schedule is drawn, and what the settings of a sampler cost is written below it.
  const drawn = (has('schedule') ? 56 : 0) + (has('sampler') ? 22 : 0);
  return (
    nameHeight +
    roomForSockets(definition) +
    rows +
    drawn -
    34 * Math.floor(sizes / 2) +
    (fields.some(({ advanced }) => advanced) ? 22 : 0) +
    // Below a component stands its version, and the way inside.
    (isComponent(definition) ? 44 : 0) +
    8
  );
}

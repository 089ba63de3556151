import type { GraphWire } from './graph-schema';

/** A wire's name: it follows from its ends, so equal wires are one wire. */
export const wireId = ({ from, to }: GraphWire) => `${from.node}.${from.port}>${to.node}.${to.port}`;

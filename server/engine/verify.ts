import { label } from '../../nodes/check';
import { type AnyNode, disagreement } from '../../nodes/define';
import type { Value, WireType } from '../../nodes/values';
import { factsOf } from './summary';

/**
 * Holds a node's results to its ports: all there, of the right kind, of the size that was foreseen, and numbers all the
 * way. Throws an Error that names the output. Frames are counted later, while they are drained.
 */
export function verifyOutputs(
  definition: AnyNode,
  outputs: unknown,
  foreseen: Record<string, WireType> = {},
): Record<string, Value> {
  if (typeof outputs !== 'object' || outputs === null) {
    throw new Error(`"${definition.title}" gave no outputs. This is a fault of the node: please report it.`);
  }
  const given = outputs as Record<string, Value | undefined>; // each one is looked at below
  const values: Record<string, Value> = {};
  for (const [name, port] of Object.entries(definition.outputs)) {
    const value = given[name];
    if (value?.kind !== port.kind) {
      const got = value?.kind ? `gave ${value.kind}` : 'gave nothing';
      throw new Error(
        `"${label(name)}" must be of kind ${port.kind}, and the node ${got}. This is a fault of the node: please report it.`,
      );
    }
    verifySize(name, value);
    const differs = disagreement(factsOf(value), foreseen[name]?.facts ?? {});
    if (differs) {
      throw new Error(
        `"${label(name)}" came out with ${differs.fact} ${differs.given}, and ${differs.wanted} was foreseen. This is a fault of the node: please report it.`,
      );
    }
    values[name] = value;
  }
  return values;
}

function verifySize(name: string, value: Value): void {
  if (value.kind === 'latent' || value.kind === 'pins') {
    const wanted = value.shape.reduce((product, size) => product * size, 1);
    if (value.data.length !== wanted) throw new Error(wrongSize(name, value.shape, value.data.length));
    verifyNumbers(name, value.data);
    if (value.kind === 'pins') for (const { data } of value.beside ?? []) verifyNumbers(name, data);
    if (value.kind === 'pins' && (value.known.length !== value.shape[1] || value.noise.length !== value.shape[1])) {
      throw new Error(`"${label(name)}" must say for each of its ${value.shape[1]} latent frames whether it is known.`);
    }
  } else if (value.kind === 'conditioning') {
    if (value.states.length !== value.tokens * value.width) {
      throw new Error(wrongSize(name, [value.tokens, value.width], value.states.length));
    }
    verifyNumbers(name, value.states);
  } else if (value.kind === 'sigmas') {
    verifyNumbers(name, value.sigmas);
  } else if (value.kind === 'frames') {
    const { width, height, count, fps } = value;
    if (![width, height, count].every((size) => Number.isInteger(size) && size > 0) || !(fps > 0)) {
      throw new Error(`"${label(name)}" is not a film: ${width}x${height}, ${count} frames at ${fps} fps.`);
    }
  }
}

const wrongSize = (name: string, shape: readonly number[], length: number) =>
  `"${label(name)}" is said to be [${shape.join(', ')}] and holds ${length} numbers. This is a fault of the node: please report it.`;

function verifyNumbers(name: string, data: Float32Array): void {
  // 0 * x is 0 for every finite x and NaN for all others, so one sum finds them all without a branch per number.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  if (sum === 0) return;
  const at = data.findIndex((number) => !Number.isFinite(number));
  throw new Error(
    `"${label(name)}" contains ${data[at]} (number ${at} of ${data.length}): the computation ran out of the range of its numbers. ` +
      'Lower the guidance, take another sampler, or run the model at a higher precision.',
  );
}

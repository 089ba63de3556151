import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineNode, type Port, port } from '../../nodes/define';
import type { Value } from '../../nodes/values';
import { verifyOutputs } from '../../server/engine/verify';

/** A node with one output of a kind; only its ports are looked at. */
const giving = (out: Port) =>
  defineNode({
    type: 'giving',
    version: 1,
    title: 'Giving',
    says: 'Gives something.',
    inputs: {},
    outputs: { out },
    params: z.object({}),
    run: () => Promise.reject(new Error('never run')),
  });
const verify = (out: Port, value: unknown) => verifyOutputs(giving(out), { out: value });

const pins = {
  kind: 'pins',
  space: 'test',
  data: new Float32Array(2 * 3 * 2 * 2),
  shape: [2, 3, 2, 2],
  known: [true, false, false],
  noise: [0, 0, 0],
} satisfies Value;
const text = {
  kind: 'conditioning',
  family: 'wan',
  states: new Float32Array(2 * 4),
  tokens: 2,
  width: 4,
  length: 512,
} satisfies Value;
const film = { kind: 'frames', width: 4, height: 4, count: 2, fps: 8, read: async function* () {} } satisfies Value;

describe('U7: what a node gives is held to its ports before anyone else sees it', () => {
  test('what is right comes through as it is', () => {
    expect(verify(port.pins('Known frames'), pins).out).toBe(pins);
    expect(verify(port.conditioning('Text'), text).out).toBe(text);
    expect(verify(port.frames('A film'), film).out).toBe(film);
  });

  test.each([
    ['known frames for another number of frames', port.pins('p'), { ...pins, known: [true] }, /each of its 3 latent/],
    ['noise for another number of frames', port.pins('p'), { ...pins, noise: [0, 0] }, /each of its 3 latent/],
    ['known frames with NaN', port.pins('p'), { ...pins, data: pins.data.slice().fill(Number.NaN) }, /NaN/],
    ['text of another size than it says', port.conditioning('t'), { ...text, tokens: 3 }, /\[3, 4\] and holds 8/],
    [
      'text with an infinity',
      port.conditioning('t'),
      { ...text, states: text.states.slice().fill(Number.POSITIVE_INFINITY, 3, 4) },
      /Infinity \(number 3 of 8\)/,
    ],
    ['a film of no frames', port.frames('f'), { ...film, count: 0 }, /4x4, 0 frames/],
    ['a film of half a frame', port.frames('f'), { ...film, count: 1.5 }, /1\.5 frames/],
    ['a film that stands still', port.frames('f'), { ...film, fps: 0 }, /at 0 fps/],
    ['a film of NaN frames per second', port.frames('f'), { ...film, fps: Number.NaN }, /NaN fps/],
    ['another kind', port.text('t'), film, /must be of kind text, and the node gave frames/],
    ['nothing', port.text('t'), undefined, /gave nothing/],
  ])('%s', (_, out, value, says) => {
    expect(() => verify(out, value)).toThrow(says);
  });

  test.each([undefined, null, 'a film', 7])('%s in place of outputs', (outputs) => {
    expect(() => verifyOutputs(giving(port.text('t')), outputs)).toThrow(/fault of the node/);
  });
});

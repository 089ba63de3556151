import { expect, test } from 'vitest';
import { bendIndex, bentPath } from '../../app/editor/state/wire-path';

const from = { x: 0, y: 0 };
const to = { x: 300, y: 0 };

test('a bent wire goes through its points and leaves and enters level', () => {
  const path = bentPath(from, [{ x: 100, y: 80 }], to);
  const numbers = [...path.matchAll(/-?\d+(\.\d+)?/g)].map(([text]) => Number(text));
  expect(numbers.slice(0, 2)).toEqual([0, 0]);
  expect(numbers.slice(6, 8)).toEqual([100, 80]);
  expect(numbers.slice(-2)).toEqual([300, 0]);
  // The handles beside the sockets are as high as the sockets.
  expect([numbers[3], numbers.at(-3)]).toEqual([0, 0]);
  expect(numbers[2]).toBeGreaterThan(0);
  expect(numbers.at(-4)).toBeLessThan(300);
});

test('a new bend lies between those it was put between', () => {
  const bends = [
    { x: 100, y: 80 },
    { x: 200, y: 80 },
  ];
  expect(bendIndex(from, bends, { to, at: { x: 40, y: 30 } })).toBe(0);
  expect(bendIndex(from, bends, { to, at: { x: 150, y: 85 } })).toBe(1);
  expect(bendIndex(from, bends, { to, at: { x: 260, y: 30 } })).toBe(2);
});

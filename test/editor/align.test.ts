import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { align, alignments, type Placed } from '../../app/editor/state/align';

const lines = alignments.filter((how) => how !== 'across' && how !== 'down');
const three: Placed[] = [
  { id: 'a', x: 0, y: 0, width: 100, height: 50 },
  { id: 'b', x: 130, y: 40, width: 60, height: 30 },
  { id: 'c', x: 400, y: 300, width: 80, height: 90 },
];

describe('align', () => {
  test('edges and middles', () => {
    expect(align(three, 'left')['c']).toEqual({ x: 0, y: 300 });
    expect(align(three, 'right')['a']).toEqual({ x: 380, y: 0 });
    expect(align(three, 'center')['b']).toEqual({ x: 210, y: 40 });
    expect(align(three, 'bottom')['b']).toEqual({ x: 130, y: 360 });
    expect(align(three, 'middle')['a']).toEqual({ x: 0, y: 170 });
  });

  test('equal gaps; the outermost stay', () => {
    expect(align(three, 'across')).toEqual({ a: { x: 0, y: 0 }, b: { x: 220, y: 40 }, c: { x: 400, y: 300 } });
    expect(align(three.slice(0, 2), 'down')).toEqual({ a: { x: 0, y: 0 }, b: { x: 130, y: 40 } });
  });

  test('done twice is done once, and nothing leaves the frame round all', () => {
    const card = fc.record({
      x: fc.integer({ min: -2000, max: 2000 }),
      y: fc.integer({ min: -2000, max: 2000 }),
      width: fc.integer({ min: 1, max: 700 }).map((half) => half * 2),
      height: fc.integer({ min: 1, max: 700 }).map((half) => half * 2),
    });
    fc.assert(
      fc.property(fc.array(card, { minLength: 2, maxLength: 8 }), fc.constantFrom(...lines), (list, how) => {
        const cards = list.map((one, index) => ({ ...one, id: String(index) }));
        const places = align(cards, how);
        const moved = cards.map((one) => ({ ...one, ...places[one.id] }));
        const again = align(moved, how);
        for (const { id, x, y } of moved) {
          expect(Math.abs(again[id]!.x - x)).toBeLessThanOrEqual(1);
          expect(Math.abs(again[id]!.y - y)).toBeLessThanOrEqual(1);
        }
        expect(Math.min(...moved.map(({ x }) => x))).toBeGreaterThanOrEqual(Math.min(...cards.map(({ x }) => x)));
        expect(Math.max(...moved.map(({ y, height }) => y + height))).toBeLessThanOrEqual(
          Math.max(...cards.map(({ y, height }) => y + height)) + 1,
        );
      }),
    );
  });
});

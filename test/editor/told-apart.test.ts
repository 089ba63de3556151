import { expect, test } from 'vitest';
import { toldApart } from '../../app/editor/state/told-apart';

const outline = (prompt: string, ...settings: string[]) => ({ graph: 'Ball', prompt, settings });

test('runs are known by what not all of them have', () => {
  const [one, two] = [outline('a ball', 'seed 1', '20 steps'), outline('a ball', 'seed 2', '20 steps')];
  expect(toldApart([one, two])).toEqual(['seed 1', 'seed 2']);
  expect(toldApart([one, two, outline('a star', 'seed 2', '20 steps')])).toEqual([
    'seed 1 · a ball',
    'seed 2 · a ball',
    'seed 2 · a star',
  ]);
});

test('what is alike, alone, or not known says nothing', () => {
  const one = outline('a ball', 'seed 1');
  expect(toldApart([one, one])).toEqual(['', '']);
  expect(toldApart([one])).toEqual(['']);
  expect(toldApart([undefined, one, outline('a ball', 'seed 2')])).toEqual(['', 'seed 1', 'seed 2']);
});

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { throttle } from '../../server/engine/throttle';

interface Step {
  done: number;
  preview?: string;
}
const watch = (milliseconds: number) => {
  const told: Step[] = [];
  const merge = (waiting: Step, next: Step) => ({ ...next, preview: next.preview ?? waiting.preview });
  return { told, ...throttle<Step>(milliseconds, { tell: (step) => told.push(step), merge }) };
};

test('the first at once, then the latest of those that came meanwhile, with what was worth saving of the others', async () => {
  const { told, tell } = watch(60);
  tell({ done: 1 });
  expect(told).toEqual([{ done: 1 }]);
  tell({ done: 2, preview: 'picture' });
  tell({ done: 3 });
  expect(told).toHaveLength(1);
  await pause(150);
  expect(told).toEqual([{ done: 1 }, { done: 3, preview: 'picture' }]);
});

test('a thousand steps a second reach those who watch a few times; what waits at the end is dropped', async () => {
  const { told, tell, cancel } = watch(50);
  const end = performance.now() + 180;
  for (let done = 0; performance.now() < end; done++) {
    tell({ done });
    await pause(0);
  }
  expect(told.length).toBeGreaterThan(1);
  expect(told.length).toBeLessThanOrEqual(5);
  const before = told.length;
  tell({ done: -1 });
  cancel();
  await pause(100);
  expect(told.length - before).toBeLessThanOrEqual(1);
});

test('an event loop that is blocked delays no news once the time has passed', async () => {
  const { told, tell } = watch(20);
  tell({ done: 1 });
  tell({ done: 2 });
  for (const end = performance.now() + 40; performance.now() < end; );
  tell({ done: 3 });
  expect(told).toEqual([{ done: 1 }, { done: 3, preview: undefined }]);
});

import { beforeEach, expect, test } from 'vitest';

const memory = new Map<string, string>();
Object.assign(globalThis, {
  sessionStorage: {
    getItem: (key: string) => memory.get(key) ?? null,
    setItem: (key: string, value: string) => memory.set(key, value),
  },
});
const { neighbour, tabBeside, tabsAllowed, useTabs } = await import('../../app/editor/state/tabs');

beforeEach(() => {
  for (const { id } of useTabs.getState().tabs) useTabs.getState().close(id);
});
const ids = () => useTabs.getState().tabs.map(({ id }) => id);

test('a graph is open once; its name follows; the first gives way when there are too many', () => {
  const { show } = useTabs.getState();
  show('a', 'One');
  show('b', 'Two');
  show('a', 'Another name');
  expect(useTabs.getState().tabs).toEqual([
    { id: 'a', name: 'Another name' },
    { id: 'b', name: 'Two' },
  ]);
  expect(JSON.parse(memory.get('skein.tabs')!)).toEqual(useTabs.getState().tabs);
  for (let n = 0; n < tabsAllowed; n++) show(`x${n}`, '');
  expect(ids()).toHaveLength(tabsAllowed);
  expect(ids()).not.toContain('a');
});

test('closing leads to the tab behind, else the one before; keys go round', () => {
  for (const id of ['a', 'b', 'c']) useTabs.getState().show(id, id);
  const { tabs } = useTabs.getState();
  expect([neighbour(tabs, 'a'), neighbour(tabs, 'c'), neighbour(tabs.slice(0, 1), 'a')]).toEqual(['b', 'b', null]);
  expect([tabBeside(tabs, 'c', 1), tabBeside(tabs, 'a', -1), tabBeside(tabs, 'b', 1)]).toEqual(['a', 'c', 'c']);
  expect(tabBeside(tabs.slice(0, 1), 'a', 1)).toBeNull();
});

import type { Command } from './commands';
import { changeTo } from './state/open-editors';
import { tabBeside, useTabs } from './state/tabs';

const beside = (by: 1 | -1) => {
  const here = window.location.pathname.split('/').at(-1) ?? '';
  const next = tabBeside(useTabs.getState().tabs, here, by);
  if (next) changeTo(next);
};
const several = () => useTabs.getState().tabs.length > 1;

/** From graph to graph in this window. */
export const tabCommands: readonly Command[] = [
  {
    ...{ id: 'next-tab', group: 'Open', says: 'The next open graph', words: 'tab', keys: ['Alt+PageDown'] },
    ...{ when: several, run: () => beside(1) },
  },
  {
    ...{ id: 'tab-before', group: 'Open', says: 'The open graph before', words: 'tab', keys: ['Alt+PageUp'] },
    ...{ when: several, run: () => beside(-1) },
  },
];

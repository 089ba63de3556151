import { toast } from 'sonner';
import { emptyGraph } from '../../nodes/graph';
import { api } from '../api-client';
import { freeName } from '../library/found';
import { said } from '../said';
import { saveGraphFile } from '../save-file';
import type { Command } from './commands';
import { changeTo } from './state/open-editors';
import { tabBeside, useTabs } from './state/tabs';

const beside = (by: 1 | -1) => {
  const here = window.location.pathname.split('/').at(-1) ?? '';
  const next = tabBeside(useTabs.getState().tabs, here, by);
  if (next) changeTo(next);
};
const several = () => useTabs.getState().tabs.length > 1;

/** What leads away from the open graph: to other graphs, to a file, to other pages. */
export const pageCommands: readonly Command[] = [
  {
    ...{ id: 'next-tab', group: 'Open', says: 'The next open graph', words: 'tab', keys: ['Alt+PageDown'] },
    ...{ when: several, run: () => beside(1) },
  },
  {
    ...{ id: 'tab-before', group: 'Open', says: 'The open graph before', words: 'tab', keys: ['Alt+PageUp'] },
    ...{ when: several, run: () => beside(-1) },
  },
  {
    ...{ id: 'new-graph', group: 'Open', says: 'A new graph', words: 'empty blank create workflow', keys: [] },
    run: ({ go }) => {
      api.graphs.list
        .query()
        .then((all) => api.graphs.create.mutate({ graph: emptyGraph(freeName(emptyGraph().name, all)) }))
        .then(({ id }) => go(`/graph/${id}`))
        .catch((error: unknown) => toast.error('The graph could not be made', { description: said(error) }));
    },
  },
  {
    ...{ id: 'save-file', group: 'Open', says: 'Save the graph as a file', words: 'download export json', keys: [] },
    run: ({ editor }) => saveGraphFile(editor.getState().root),
  },
  {
    ...{ id: 'theme', group: 'Open', words: 'theme', keys: [], help: 'Dark or light colours' },
    says: ({ isLight }) => (isLight ? 'Dark colours' : 'Light colours'),
    run: ({ switchTheme }) => switchTheme(),
  },
  {
    ...{ id: 'library', group: 'Open', says: 'Library', words: 'graphs open', keys: [] },
    run: ({ go }) => go('/library'),
  },
  {
    ...{ id: 'templates', group: 'Open', says: 'Templates', words: 'library examples', keys: [] },
    run: ({ go }) => go('/library#templates'),
  },
  {
    ...{ id: 'models', group: 'Open', says: 'Models', words: 'library checkpoint lora', keys: [] },
    run: ({ go }) => go('/library#models'),
  },
];

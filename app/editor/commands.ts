import { canBypass } from '../../nodes/active';
import { frameChosen } from './arrange';
import {
  chosenIds,
  collapseChosen,
  duplicateChosen,
  joinChosen,
  pinChosen,
  removeChosen,
  switchChosen,
  writeNote,
} from './chosen';
import { chosenComponent, dissolveChosen, makeOfChosen, openComponent } from './component-actions';
import { showFace } from './form/use-face';
import { pageCommands } from './page-commands';
import type { Combo } from './state/combos';
import type { Editor } from './state/editor-store';
import type { Point } from './state/edits';
import { type Drawer, useUi } from './state/ui-store';

/** What commands work on: the open graph, the view, and the page around them. */
export interface Doing {
  editor: Editor;
  /** Window pixels to whole canvas units. */
  onCanvas(screen: Point): Point;
  showAll(): void;
  tidy(): void;
  run(): void;
  /** Puts the run before all that wait. */
  runFirst(): void;
  save(): void;
  switchQueue(): void;
  go(path: string): void;
  isLight: boolean;
  switchTheme(): void;
}

/**
 * Something that can be done here. Keys, the right mouse button, the command palette and the help page all read this one
 * table; what is not in it has no name and no key.
 */
export interface Command {
  id: string;
  group: 'Run' | 'Build' | 'Edit' | 'See' | 'Open';
  says: string | ((doing: Doing) => string);
  /** The same among its like in a menu. */
  short?: string | ((doing: Doing) => string);
  /** What the help page says of it, where that is more than `says`. */
  help?: string;
  /** Other words people may look for. */
  words?: string;
  keys: readonly Combo[];
  /** Its keys work while something is typed, too. */
  anywhere?: boolean;
  /** Its keys cannot be changed. */
  fixed?: boolean;
  /** Where the right mouse button offers it: on cards, or on the empty canvas. */
  menu?: 'cards' | 'place';
  /** Stands below a line in the menu. */
  apart?: boolean;
  danger?: boolean;
  /** Whether it makes sense now. */
  when?(doing: Doing): boolean;
  /** `at`: where on the page it was asked for, in window pixels. */
  run(doing: Doing, at: Point): void;
}

const some = ({ editor }: Doing) => chosenIds(editor).size > 0;
const nodesOf = ({ editor }: Doing) => [...chosenIds(editor)].flatMap((id) => editor.getState().byId.get(id) ?? []);
const ableOf = (doing: Doing) => {
  const { definitions } = doing.editor.getState();
  return nodesOf(doing).filter(({ type }) => definitions[type] && canBypass(definitions[type]));
};
const allPinned = (editor: Editor) => {
  const pinned = new Set(editor.getState().graph.layout.pinned);
  return [...chosenIds(editor)].every((id) => pinned.has(id));
};
const oneCard = (doing: Doing) => chosenIds(doing.editor).size === 1 && nodesOf(doing).length === 1;
const theCard = (doing: Doing) => nodesOf(doing)[0]?.id ?? '';
const allOff = (nodes: ReturnType<typeof nodesOf>, how: string) =>
  nodes.length > 0 && nodes.every(({ off }) => off === how);

const drawer = (name: Drawer, says: string, keys: readonly Combo[] = []): Command => ({
  id: name,
  group: 'Open',
  says,
  words: 'panel drawer open',
  keys,
  run: () => useUi.getState().toggleDrawer(name),
});

/** In the order of the menus and of the palette. */
export const commands: readonly Command[] = [
  {
    ...{ id: 'run', group: 'Run', says: 'Run', help: 'Run the graph, from anywhere', words: 'queue start' },
    ...{ keys: ['Mod+Enter'], anywhere: true, run: ({ run }) => run() },
  },
  {
    ...{ id: 'run-first', group: 'Run', says: 'Run before all that waits', words: 'queue front priority' },
    ...{ keys: ['Mod+Shift+Enter'], anywhere: true, run: ({ runFirst }) => runFirst() },
  },
  {
    ...{ id: 'pause', group: 'Run', says: 'Pause the queue, or let it go on', words: 'resume hold stop', keys: [] },
    ...{ help: 'Pause the queue: what runs goes on, nothing new starts; again: no more' },
    run: ({ switchQueue }) => switchQueue(),
  },
  {
    ...{ id: 'live', group: 'Run', says: 'Live: run cheap work while editing, or no more', words: 'auto', keys: ['L'] },
    ...{ help: 'Live: after an edit that leaves only cheap work, it is done by itself; again: no more' },
    run: () => useUi.getState().setLive(!useUi.getState().live),
  },
  {
    ...{ id: 'save', group: 'Run', says: 'Save now', help: 'Save now (it saves by itself, too)' },
    ...{ keys: ['Mod+S'], anywhere: true, run: ({ save }) => save() },
  },
  {
    ...{ id: 'rename', group: 'Edit', says: 'Rename the chosen card', short: 'Rename', keys: ['F2'], menu: 'cards' },
    ...{ when: oneCard, run: (doing) => oneCard(doing) && useUi.getState().rename(theCard(doing)) },
  },
  {
    ...{ id: 'replace', group: 'Edit', says: 'Replace the chosen card', short: 'Replace', keys: [], menu: 'cards' },
    ...{ help: 'Put another node in the place of the chosen card', when: oneCard },
    run: (doing, screen) =>
      oneCard(doing) &&
      useUi.getState().openPalette({ screen, canvas: doing.onCanvas(screen), replaces: theCard(doing) }),
  },
  {
    ...{ id: 'presets', group: 'Edit', says: 'Presets of the chosen card', short: 'Presets', keys: [], menu: 'cards' },
    ...{ help: 'Keep the settings of a card under a name, or put kept ones on', words: 'settings save load' },
    ...{ when: oneCard, run: (doing) => oneCard(doing) && useUi.getState().showPresets(theCard(doing)) },
  },
  {
    ...{ id: 'join', group: 'Build', says: 'Lay a wire from the chosen card', short: 'Lay a wire', keys: ['W'] },
    ...{ help: 'Lay or cut a wire of the chosen card by name', words: 'connect join socket link', menu: 'cards' },
    ...{ when: oneCard, run: (doing) => oneCard(doing) && joinChosen(doing.editor) },
  },
  {
    ...{ id: 'duplicate', group: 'Edit', says: 'Duplicate what is chosen', short: 'Duplicate', keys: ['Mod+D'] },
    ...{ menu: 'cards', when: some, run: ({ editor }) => duplicateChosen(editor) },
  },
  {
    ...{ id: 'frame', group: 'Build', says: 'Frame what is chosen', short: 'Frame', words: 'group', keys: ['Mod+G'] },
    ...{ menu: 'cards', when: some, run: ({ editor }) => frameChosen(editor) },
  },
  {
    ...{ id: 'component', group: 'Build', says: 'Make a component of what is chosen', short: 'Make component' },
    ...{ help: 'Make one card of the chosen ones, with a page of its own', words: 'subgraph reuse blueprint' },
    ...{ keys: ['Mod+Shift+G'], menu: 'cards' },
    when: (doing) => nodesOf(doing).length > 0,
    run: ({ editor }) => makeOfChosen(editor),
  },
  {
    ...{ id: 'open-component', group: 'See', says: 'Open the chosen component', short: 'Open', keys: ['Enter'] },
    ...{ help: 'Open the page of the chosen component; Escape leads back', words: 'subgraph inside enter' },
    ...{ menu: 'cards', fixed: true, when: ({ editor }) => chosenComponent(editor) !== null },
    run: ({ editor }) => {
      const id = chosenComponent(editor);
      if (id !== null) openComponent(editor, id);
    },
  },
  {
    ...{ id: 'dissolve', group: 'Edit', says: 'Dissolve the chosen component', short: 'Dissolve', keys: [] },
    ...{ help: 'Put the insides of a component back in its place', words: 'unpack subgraph', menu: 'cards' },
    ...{ when: ({ editor }) => chosenComponent(editor) !== null, run: ({ editor }) => dissolveChosen(editor) },
  },
  {
    ...{ id: 'collapse', group: 'Edit', says: 'Collapse or unfold what is chosen', short: 'Collapse or unfold' },
    ...{ help: 'Collapse the chosen cards to name and sockets, or unfold them', words: 'minimise fold', keys: ['C'] },
    ...{ menu: 'cards', when: some, run: ({ editor }) => collapseChosen(editor) },
  },
  {
    ...{ id: 'bypass', group: 'Edit', says: 'Bypass, or no more', keys: ['Mod+B'], menu: 'cards', apart: true },
    help: 'Bypass: what a card would change is handed through; again: no more',
    short: (doing) => (allOff(ableOf(doing), 'bypass') ? 'Bypass no more' : 'Bypass'),
    when: (doing) => ableOf(doing).length > 0,
    run: ({ editor }) => switchChosen(editor, 'bypass'),
  },
  {
    ...{ id: 'mute', group: 'Edit', says: 'Mute, or unmute', words: 'disable switch off', keys: ['Mod+M'] },
    ...{ help: 'Mute: a card and all that needs it are left out; again: no more', menu: 'cards' },
    short: (doing) => (allOff(nodesOf(doing), 'mute') ? 'Unmute' : 'Mute'),
    when: (doing) => nodesOf(doing).length > 0,
    run: ({ editor }) => switchChosen(editor, 'mute'),
  },
  {
    ...{ id: 'pin', group: 'Edit', says: 'Pin what is chosen, or let go of it', words: 'lock fix', keys: ['P'] },
    ...{ help: 'Pin: what is chosen is not moved or deleted; again: no more', menu: 'cards', when: some },
    short: ({ editor }) => (allPinned(editor) ? 'Let go' : 'Pin'),
    run: ({ editor }) => pinChosen(editor),
  },
  {
    ...{ id: 'node', group: 'See', says: 'What the chosen card does', short: 'Help', words: 'help docs manual' },
    ...{ keys: ['F1', '?'], menu: 'cards', when: oneCard },
    run: (doing) => {
      if (oneCard(doing) && useUi.getState().drawer !== 'node') useUi.getState().toggleDrawer('node');
    },
  },
  {
    ...{ id: 'delete', group: 'Edit', says: 'Delete what is chosen', short: 'Delete', words: 'remove' },
    ...{ help: 'Remove cards and wires', keys: ['Delete', 'Backspace'], menu: 'cards', apart: true, danger: true },
    ...{ when: some, run: ({ editor }) => removeChosen(editor) },
  },
  {
    ...{ id: 'add', group: 'Build', says: 'Add a node', help: 'Add a node where the pointer is', keys: ['Space'] },
    ...{ menu: 'place', run: (doing, at) => useUi.getState().openPalette({ screen: at, canvas: doing.onCanvas(at) }) },
  },
  {
    ...{ id: 'note', group: 'Build', says: 'Write a note', words: 'comment', keys: ['N'], menu: 'place' },
    run: (doing, at) => writeNote(doing.editor, doing.onCanvas(at)),
  },
  {
    ...{ id: 'undo', group: 'Edit', says: 'Undo', keys: ['Mod+Z'], menu: 'place', apart: true },
    when: ({ editor }) => editor.getState().history.past.length > 0,
    run: ({ editor }) => editor.getState().undo(),
  },
  {
    ...{ id: 'redo', group: 'Edit', says: 'Redo', keys: ['Mod+Shift+Z', 'Mod+Y'], menu: 'place' },
    when: ({ editor }) => editor.getState().history.future.length > 0,
    run: ({ editor }) => editor.getState().redo(),
  },
  {
    ...{ id: 'choose-all', group: 'See', says: 'Choose all', words: 'select', keys: ['Mod+A'] },
    ...{ menu: 'place', apart: true },
    run: ({ editor }) => editor.getState().select(new Set(editor.getState().cards.map(({ id }) => id))),
  },
  {
    ...{ id: 'tidy', group: 'See', says: 'Tidy up', words: 'arrange layout align', keys: ['T'], menu: 'place' },
    run: ({ tidy }) => tidy(),
  },
  {
    ...{ id: 'fit', group: 'See', says: 'Fit everything', words: 'zoom view', keys: ['F'], menu: 'place' },
    run: ({ showAll }) => showAll(),
  },
  {
    ...{ id: 'palette', group: 'See', says: 'Everything by name', keys: ['Mod+K'] },
    ...{ help: 'Everything by name: commands, cards, nodes', run: () => useUi.getState().openCommands('all') },
  },
  {
    ...{ id: 'find', group: 'See', says: 'Find a card', keys: ['Mod+F'], words: 'search' },
    ...{ help: 'Find a card by its name or by what it holds', run: () => useUi.getState().openCommands('cards') },
  },
  {
    ...{ id: 'overview', group: 'See', says: 'Overview on or off', words: 'minimap', keys: ['M'] },
    run: () => useUi.getState().toggleMinimap(),
  },
  {
    ...{ id: 'face', group: 'See', says: 'Show as a form, or as a graph', words: 'simple page controls', keys: [] },
    run: ({ editor }) => showFace(editor, useUi.getState().face === 'form' ? 'graph' : 'form'),
  },
  drawer('runs', 'Runs and results'),
  drawer('troubles', 'Problems of the graph and of the last run'),
  drawer('sweep', 'Sweep: many settings at once'),
  drawer('versions', 'Versions of this graph'),
  drawer('system', 'Devices, cache and disk'),
  ...pageCommands,
  {
    ...{
      id: 'help',
      group: 'See',
      says: 'Keys and gestures',
      help: 'This page',
      words: 'help shortcuts',
      keys: ['?', 'F1'],
    },
    run: () => useUi.getState().setHelp(true),
  },
  {
    ...{
      id: 'escape',
      group: 'See',
      says: 'Close what is open; choose none; back up from a component',
      keys: ['Escape'],
      fixed: true,
    },
    run: ({ editor }) => {
      const { cards, wires, select } = editor.getState();
      if ([...cards, ...wires].some(({ selected }) => selected)) select(new Set());
      else if (useUi.getState().drawer) useUi.getState().toggleDrawer(null);
      else editor.getState().leave(editor.getState().path.length - 1);
    },
  },
];

/** A command by its id. */
export const commandOf = (id: string): Command => {
  const found = commands.find((command) => command.id === id);
  if (!found) throw new Error(`There is no command "${id}".`);
  return found;
};

/** What may be a text or follow from the state of things, as a text. */
export const worded = (text: Command['says'], doing: Doing): string => (typeof text === 'string' ? text : text(doing));

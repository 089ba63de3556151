'use client';
import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { Fragment } from 'react';
import { useUi } from './state/ui-store';

const isMac = () => typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

const groups: readonly { title: string; keys: readonly (readonly [keys: string, says: string])[] }[] = [
  {
    title: 'Run',
    keys: [
      ['Mod Enter', 'Run the graph, from anywhere'],
      ['Mod S', 'Save now (it saves by itself, too)'],
    ],
  },
  {
    title: 'Build',
    keys: [
      ['Space', 'Add a node where the pointer is'],
      ['Double click', 'The same, on the canvas. On a card’s name: rename it'],
      ['Right click', 'What can be done with a card, a wire or the canvas'],
      ['Drop a wire', 'On nothing: choose what fits. On a card: the right socket'],
      ['Drop a file', 'A graph, or a film made here, opens; a picture becomes a card'],
      ['N', 'Write a note'],
      ['Mod G', 'Frame the chosen cards'],
      ['Drag a number', 'Left and right changes it; a click types it, Shift is fine'],
    ],
  },
  {
    title: 'Edit',
    keys: [
      ['Mod Z', 'Undo'],
      ['Mod Shift Z', 'Redo; Ctrl Y, too'],
      ['Mod C', 'Copy; works between tabs and people'],
      ['Mod X', 'Cut'],
      ['Mod V', 'Paste at the pointer'],
      ['Mod D', 'Duplicate'],
      ['Mod B', 'Bypass: what a card would change is handed through; again: no more'],
      ['C', 'Collapse the chosen cards to name and sockets, or unfold them'],
      ['Mod M', 'Mute: a card and all that needs it are left out; again: no more'],
      ['Delete', 'Remove cards and wires'],
      ['F2', 'Rename the chosen card'],
      ['Arrows', 'Move what is chosen; with Shift farther'],
    ],
  },
  {
    title: 'See',
    keys: [
      ['Wheel', 'Closer and farther'],
      ['Drag', 'The canvas, to move about'],
      ['Shift drag', 'Choose several'],
      ['Mod K', 'Everything by name: commands, cards, nodes'],
      ['Mod F', 'Find a card by its name or by what it holds'],
      ['Mod A', 'Choose all'],
      ['Escape', 'Close what is open; choose none'],
      ['Tab', 'Through the bars, wires and cards, and their controls'],
      ['F', 'Fit everything'],
      ['T', 'Tidy up'],
      ['M', 'Overview on or off'],
      ['?', 'This page'],
    ],
  },
];

export function HelpDialog() {
  const { help, setHelp } = useUi();
  return (
    <Dialog.Root open={help} onOpenChange={setHelp}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade bg-black/50" />
        <Dialog.Content
          aria-describedby={undefined}
          // The page is to be read; no button in it is the likely next thing.
          onOpenAutoFocus={(event) => event.preventDefault()}
          className="floating fixed top-1/2 left-1/2 z-50 max-h-[86vh] w-[min(760px,calc(100vw-32px))] -translate-x-1/2 -translate-y-1/2 animate-fade overflow-y-auto rounded-3xl p-7 outline-none"
        >
          <div className="mb-5 flex items-center justify-between">
            <Dialog.Title className="text-[17px] font-semibold tracking-tight">Keys and gestures</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label="Close">
              <X size={17} />
            </Dialog.Close>
          </div>
          <div className="columns-2 gap-10 max-[640px]:columns-1">
            {groups.map(({ title, keys }) => (
              <section key={title} className="mb-6 break-inside-avoid">
                <h3 className="mb-2 text-[12px] font-semibold text-accent-text">{title}</h3>
                <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2">
                  {keys.map(([combo, says]) => (
                    <Fragment key={combo}>
                      <dt className="flex gap-1 whitespace-nowrap">{caps(combo)}</dt>
                      <dd className="text-ink-2">{says}</dd>
                    </Fragment>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function caps(combo: string) {
  const isGesture = /drag|click|Drop|Drag|Wheel|Arrows/.test(combo);
  if (isGesture) return <span className="text-[12px] text-ink">{combo}</span>;
  return combo.split(' ').map((key) => (
    <kbd key={key} className="key-cap">
      {key === 'Mod' ? (isMac() ? '⌘' : 'Ctrl') : key}
    </kbd>
  ));
}

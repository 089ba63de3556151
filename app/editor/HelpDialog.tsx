'use client';
import { RotateCcw, X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { Fragment, useState } from 'react';
import { type Command, commands, worded } from './commands';
import { useDoing } from './DoingContext';
import { KeyButton } from './KeyButton';
import { useOwnKeys } from './state/combos';
import { useUi } from './state/ui-store';

/** What hands do without a command: pointer, clipboard, and keys of the page itself. */
const gestures: Readonly<Record<Command['group'], readonly (readonly [gesture: string, says: string])[]>> = {
  Run: [],
  Build: [
    ['Double click', 'On the canvas: add a node. On a card’s name: rename it'],
    ['Right click', 'What can be done with a card, a wire or the canvas'],
    ['Drop a wire', 'On nothing: choose what fits. On a card: the right socket'],
    ['Pull a wire off', 'Off an input and let go over nothing: it is cut'],
    ['Double click a wire', 'Bend it; a bend is dragged, and taken out by another double click'],
    ['Drop a file', 'A graph, or a film made here, opens; a picture becomes a card'],
    ['Drag a number', 'Left and right changes it; a click types it, Shift is fine'],
  ],
  Edit: [
    ['Copy, cut, paste', 'As everywhere; works between tabs and people, at the pointer'],
    ['Arrows', 'Move what is chosen; with Shift farther'],
  ],
  See: [
    ['Wheel', 'Closer and farther'],
    ['Drag', 'The canvas, to move about'],
    ['Shift drag', 'Choose several'],
    ['Tab', 'Through the bars, wires and cards, and their controls'],
  ],
  Open: [],
};

/** Which groups stand in which column: no group is broken, so that each is read from its heading on. */
const columns: readonly (readonly Command['group'][])[] = [
  ['Run', 'Build', 'Open'],
  ['Edit', 'See'],
];

/** Every command with its keys, and what hands do. Keys can be changed here. */
export function HelpDialog() {
  const { help, setHelp } = useUi();
  const doing = useDoing();
  const { own, reset } = useOwnKeys();
  const [isRecording, setRecording] = useState(false);
  return (
    <Dialog.Root open={help} onOpenChange={setHelp}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade bg-black/50" />
        <Dialog.Content
          aria-describedby={undefined}
          // The page is to be read; no button in it is the likely next thing.
          onOpenAutoFocus={(event) => event.preventDefault()}
          onEscapeKeyDown={(event) => isRecording && event.preventDefault()}
          className="floating fixed top-1/2 left-1/2 z-50 max-h-[86vh] w-[min(860px,calc(100vw-32px))] -translate-x-1/2 -translate-y-1/2 animate-fade overflow-y-auto rounded-3xl p-7 outline-none"
        >
          <div className="mb-5 flex items-center gap-3">
            <Dialog.Title className="text-[17px] font-semibold tracking-tight">Keys and gestures</Dialog.Title>
            <p className="text-[12px] text-ink-3 max-[640px]:hidden">Press a key here to change it.</p>
            {Object.keys(own).length > 0 && (
              <button type="button" className="text-button ml-auto" onClick={() => reset()}>
                Reset all keys
              </button>
            )}
            <Dialog.Close className={`icon-button ${Object.keys(own).length ? '' : 'ml-auto'}`} aria-label="Close">
              <X size={17} />
            </Dialog.Close>
          </div>
          <div className="grid grid-cols-2 items-start gap-x-10 max-[640px]:grid-cols-1">
            {columns.map((titles) => (
              <div key={titles.join()} className="min-w-0">
                {titles.map((title) => (
                  <section key={title} className="mb-6">
                    <h3 className="mb-2 text-[12px] font-semibold text-accent-text">{title}</h3>
                    <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1.5">
                      {commands
                        .filter(({ group }) => group === title)
                        .map((command) => (
                          <Fragment key={command.id}>
                            <dt className="flex items-center justify-start">
                              <KeyButton command={command} onRecording={setRecording} />
                            </dt>
                            <dd className="group flex min-w-0 items-center gap-1 text-ink-2">
                              <span className="min-w-0">{command.help ?? worded(command.says, doing)}</span>
                              {own[command.id] && (
                                <button
                                  type="button"
                                  aria-label="The key it came with"
                                  data-hint="The key it came with"
                                  className="text-ink-3 hover:text-ink"
                                  onClick={() => reset(command.id)}
                                >
                                  <RotateCcw size={12} />
                                </button>
                              )}
                            </dd>
                          </Fragment>
                        ))}
                      {gestures[title].map(([gesture, says]) => (
                        <Fragment key={gesture}>
                          <dt className="text-[12px] whitespace-nowrap text-ink">{gesture}</dt>
                          <dd className="text-ink-2">{says}</dd>
                        </Fragment>
                      ))}
                    </dl>
                  </section>
                ))}
              </div>
            ))}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

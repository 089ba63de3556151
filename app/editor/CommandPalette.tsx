'use client';
import { Command } from 'cmdk';
import { ChevronRight, Search } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useMemo } from 'react';
import { registry, sections } from '../../nodes/registry';
import { commands as all, worded } from './commands';
import { useDoing } from './DoingContext';
import { useEditorStore } from './EditorContext';
import { kindOfNode, SectionIcon } from './SectionIcon';
import { keysOf, sayCombo, useOwnKeys } from './state/combos';
import { addNode } from './state/edits';
import { gestureNow, recommend } from './state/model-defaults';
import { rankBySearch } from './state/rank';
import { useUi } from './state/ui-store';
import { useAddInMiddle, useShowCard } from './use-fit';

/** Everything by name: commands, cards on the canvas to go to, nodes to add. */
export function CommandPalette() {
  const scope = useUi((state) => state.commands);
  const close = () => useUi.getState().openCommands(null);
  return (
    <Dialog.Root open={scope !== null} onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade bg-black/30" />
        <Dialog.Content
          aria-describedby={undefined}
          className="floating fixed top-[14vh] left-1/2 z-50 w-[min(560px,calc(100vw-32px))] -translate-x-1/2 animate-rise overflow-hidden rounded-2xl outline-none"
          // What was chosen may open something that wants the focus.
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          <Dialog.Title className="sr-only">Commands</Dialog.Title>
          {scope && <Everything isAll={scope === 'all'} close={close} />}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Everything({ isAll, close }: { isAll: boolean; close(): void }) {
  const doing = useDoing();
  const own = useOwnKeys((state) => state.own);
  const middle = { x: window.innerWidth / 2, y: window.innerHeight / 2 };
  const commands = isAll
    ? all.filter(({ fixed, id, when }) => !fixed && id !== 'palette' && (!when || when(doing)))
    : [];
  const editor = useEditorStore();
  const showCard = useShowCard();
  const inMiddle = useAddInMiddle();
  const cards = useMemo(
    () =>
      editor.getState().graph.nodes.map(({ id, type, title, params }) => ({
        id,
        type,
        says: title ?? editor.getState().definitions[type]?.title ?? type,
        holds: Object.values(params)
          .filter((value) => typeof value === 'string' && value !== '')
          .join(' · ')
          .slice(0, 200),
      })),
    [editor],
  );
  // Once the dialog has gone: it would take the focus from what appears.
  const then = (act: () => void) => () => {
    close();
    setTimeout(act);
  };
  const add = (type: string) => {
    let made = '';
    const gesture = gestureNow();
    editor.getState().edit((graph) => {
      const added = addNode(graph, { type, at: inMiddle(type) });
      made = added.id;
      return added.graph;
    }, gesture);
    recommend(editor, made, gesture);
    editor.getState().select(new Set([made]));
  };
  return (
    <Command label="Commands" loop filter={rankBySearch}>
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search size={16} className="flex-none text-ink-3" aria-hidden />
        <Command.Input
          autoFocus
          placeholder={isAll ? 'What do you want to do, find or add?' : 'Find a card by its name or by what it holds'}
          className="h-12 min-w-0 flex-1 bg-transparent text-[15px] outline-none placeholder:text-ink-3"
        />
      </div>
      <Command.List className="max-h-[min(420px,60vh)] overflow-y-auto p-1.5">
        <Command.Empty className="px-3 py-10 text-center text-[13px] text-ink-3">
          Nothing goes by that name.
        </Command.Empty>
        {commands.length > 0 && (
          <Group heading="Do">
            {commands.map((command) => (
              <Item
                key={command.id}
                value={worded(command.says, doing)}
                keywords={[command.words ?? '']}
                onSelect={then(() => command.run(doing, middle))}
              >
                <ChevronRight size={14} className="flex-none text-ink-3" aria-hidden />
                <span className="min-w-0 flex-1 truncate">{worded(command.says, doing)}</span>
                <span className="flex-none text-[11px] text-ink-3">
                  {keysOf(command, own).slice(0, 1).map(sayCombo)}
                </span>
              </Item>
            ))}
          </Group>
        )}
        {cards.length > 0 && (
          <Group heading="Go to">
            {cards.map(({ id, type, says, holds }) => (
              <Item key={id} value={`${says} ${id}`} keywords={[holds, type]} onSelect={then(() => showCard(id))}>
                <SectionIcon type={type} />
                <span className="max-w-[60%] flex-none truncate font-medium">{says}</span>
                <span className="min-w-0 flex-1 truncate text-[12px] text-ink-3">{holds}</span>
              </Item>
            ))}
          </Group>
        )}
        {isAll && (
          <Group heading="Add">
            {sections
              .flatMap(({ types }) => types)
              .map((type) => (
                <Item
                  key={type}
                  value={`add ${registry[type]!.title}`}
                  keywords={[type, registry[type]!.says, kindOfNode(type) ?? '']}
                  onSelect={then(() => add(type))}
                >
                  <SectionIcon type={type} />
                  <span className="flex-none font-medium">{registry[type]!.title}</span>
                  <span className="min-w-0 flex-1 truncate text-[12px] text-ink-3">{registry[type]!.says}</span>
                </Item>
              ))}
          </Group>
        )}
      </Command.List>
    </Command>
  );
}

function Group({ heading, children }: { heading: string; children: React.ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-[11px] [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-ink-3"
    >
      {children}
    </Command.Group>
  );
}

function Item(props: { value: string; keywords: string[]; onSelect(): void; children: React.ReactNode }) {
  return (
    <Command.Item
      {...props}
      className="flex h-9 cursor-pointer items-center gap-2.5 rounded-[10px] px-2.5 text-[13px] data-[selected=true]:bg-field-hover"
    />
  );
}

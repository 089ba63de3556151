'use client';
import { Command } from 'cmdk';
import { Search } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { isComponent } from '../../nodes/component';
import { definitionsFor } from '../../nodes/component-node';
import { carrying, type Page } from '../../nodes/component-pages';
import type { AnyNode } from '../../nodes/define';
import type { Graph } from '../../nodes/graph';
import type { Models } from '../../nodes/values';
import { useEditorStore } from './EditorContext';
import { kindOfNode, SectionIcon, sectionTitle } from './SectionIcon';
import { addNode, connect } from './state/edits';
import { type Fitting, fittings, kindOf, sectioned, wireTo } from './state/fitting';
import { gestureNow, recommend } from './state/model-defaults';
import { bestFirst, rankBySearch, type Sought } from './state/rank';
import { insertions, insertOnWire, replacements, replaceNode } from './state/refit';
import { type PaletteAt, useUi } from './state/ui-store';
import { useComponentLibrary } from './use-components';

const width = 340;
const height = 520;

/** The search palette. Opened by a wire it lists only what fits, and joins what is chosen. */
export function Palette() {
  const at = useUi((state) => state.palette);
  return at && <OpenPalette key={`${at.screen.x},${at.screen.y}`} at={at} />;
}

function OpenPalette({ at }: { at: PaletteAt }) {
  const store = useEditorStore();
  const close = () => useUi.getState().openPalette(null);
  const box = useRef<HTMLDivElement>(null);
  const library = useComponentLibrary();
  const [search, setSearch] = useState('');
  const { found, kind, asks, definitions } = useMemo(() => {
    const { graph: bare, models } = store.getState();
    const graph = stocked(bare, library);
    return {
      found: offered(graph, models, at),
      kind: at.end && kindOf(graph, at.end),
      asks: question(graph, at),
      definitions: definitionsFor(graph),
    };
  }, [store, at, library]);

  const choose = ({ type, port }: Fitting) => {
    let made = '';
    const { models } = store.getState();
    const gesture = gestureNow();
    store.getState().edit((bare) => {
      const graph = stocked(bare, library);
      const refitted = at.wire
        ? insertOnWire(graph, models, { wire: at.wire, type, at: placeOf(at) })
        : at.replaces && replaceNode(graph, models, { id: at.replaces, type });
      if (refitted) {
        made = refitted.id;
        return refitted.graph;
      }
      // A node pulled from a wire comes to lie so that the wire stays short.
      const offset = at.end?.side === 'target' ? -300 : at.end ? 20 : -136;
      const added = addNode(graph, {
        type,
        at: { x: Math.round(at.canvas.x + offset), y: Math.round(at.canvas.y - 40) },
      });
      made = added.id;
      return at.end && port ? connect(added.graph, wireTo(at.end, { node: added.id, port })) : added.graph;
    }, gesture);
    if (!at.replaces) recommend(store, made, gesture);
    if (at.end?.side === 'target' && at.end.port === 'model') recommend(store, at.end.node, gesture);
    store.getState().select(new Set([made]));
    close();
  };
  useEffect(() => {
    const before = document.activeElement;
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) close();
    };
    window.addEventListener('pointerdown', outside, true);
    return () => {
      window.removeEventListener('pointerdown', outside, true);
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  });

  // By the style sheet, so that it stays in a window that is made smaller.
  const left = `max(12px, min(${at.screen.x - 20}px, 100vw - ${width + 12}px))`;
  const top = `max(12px, min(${at.screen.y - 20}px, 100vh - ${height + 12}px))`;
  return (
    <div
      ref={box}
      className="floating fixed z-40 animate-rise overflow-hidden rounded-2xl"
      style={{ left, top, width }}
      data-testid="palette"
    >
      <Command
        label="Add a node"
        loop
        filter={rankBySearch}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Escape') close();
        }}
      >
        <div className="flex items-center gap-2.5 border-b border-line px-3.5">
          <Search size={15} className="flex-none text-ink-3" aria-hidden />
          <Command.Input
            autoFocus
            placeholder={asks}
            // Not handed back as its value: what is listed would then lag behind the keys, and Enter take something else.
            onValueChange={setSearch}
            className="h-11 min-w-0 flex-1 bg-transparent text-[14px] outline-none placeholder:text-ink-3"
          />
          {kind && <span data-kind={kind} className="size-2.5 flex-none rounded-full bg-[var(--kind)]" />}
        </div>
        <Command.List
          className="overflow-y-auto p-1.5"
          style={{ maxHeight: `calc(min(${height}px, 100vh - 24px) - 48px)` }}
        >
          <Command.Empty className="px-3 py-8 text-center text-[12px] text-ink-3">
            {at.end || at.wire || at.replaces
              ? 'No such node fits here.'
              : 'No node by that name. Try what it does: “noise”, “video”, “prompt”.'}
          </Command.Empty>
          {bestFirst(sectioned(found, search), (entry) => wordsOf(entry, definitions[entry.type]!), search).map(
            ({ name, entries }) => (
              <Command.Group
                key={name}
                heading={sectionTitle(name)}
                className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-[11px] [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-ink-3"
              >
                {entries.map((entry) => (
                  <Entry
                    key={entry.type}
                    entry={entry}
                    definition={definitions[entry.type]!}
                    onChoose={() => choose(entry)}
                  />
                ))}
              </Command.Group>
            ),
          )}
        </Command.List>
      </Command>
    </div>
  );
}

/** What an entry is found by: its name, then what it says of itself. */
const wordsOf = (entry: Fitting, definition: AnyNode): Sought => ({
  name: isComponent(entry) ? `${definition.title} ${entry.type}` : definition.title,
  keywords: [entry.type, definition.says, entry.section, kindOfNode(entry.type, definition) ?? ''],
});

/** A page with all definitions of the library at hand; those that are not used leave with the next edit. */
const stocked = (page: Page, library: ReturnType<typeof useComponentLibrary>): Page =>
  library.reduce((next, { graph }) => carrying(next, graph.components ?? []), page);

/** What the palette lists: nodes that fit the wire in the hand, the wire that is to be parted, or the card that is to go. */
function offered(graph: Graph, models: Models, { end, wire, replaces }: PaletteAt): Fitting[] {
  if (wire) return insertions(graph, models, wire);
  if (replaces !== undefined) return replacements(graph, models, replaces);
  return fittings(graph, models, end);
}

function question(graph: Graph, { end, wire, replaces }: PaletteAt): string {
  if (wire) return 'What goes in between?';
  if (replaces !== undefined) return 'What takes its place?';
  const kind = end && kindOf(graph, end);
  if (!kind) return 'Add a node';
  const called = /s$/.test(kind) ? `these ${kind}` : `this ${kind}`;
  return end.side === 'target' ? `What gives ${called}?` : `What takes ${called}?`;
}

/** In the middle of a wire, the card's upper left corner lies a little before the pointer. */
const placeOf = ({ canvas }: PaletteAt) => ({ x: Math.round(canvas.x - 136), y: Math.round(canvas.y - 40) });

function Entry({ entry, definition, onChoose }: { entry: Fitting; definition: AnyNode; onChoose(): void }) {
  const { name, keywords } = wordsOf(entry, definition);
  return (
    <Command.Item
      value={name}
      keywords={keywords}
      onSelect={onChoose}
      className="flex cursor-pointer items-start gap-2.5 rounded-[10px] px-2 py-2 data-[selected=true]:bg-field-hover"
    >
      <SectionIcon type={entry.type} definition={definition} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline justify-between gap-2">
          <span className="font-medium">{definition.title}</span>
          {entry.portTitle && <span className="truncate text-[11px] text-ink-3">{entry.portTitle}</span>}
        </span>
        <span className="line-clamp-2 text-[11.5px] leading-snug text-ink-3">{definition.says}</span>
      </span>
    </Command.Item>
  );
}

'use client';
import { Command } from 'cmdk';
import { Search } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { carrying, type Page } from '../../nodes/component-pages';
import type { Graph } from '../../nodes/graph';
import type { Models } from '../../nodes/values';
import { useEditorStore } from './EditorContext';
import { joinRows, nodeRows, type Row, type RowSection, socketRows } from './palette-rows';
import { sectionTitle } from './SectionIcon';
import { addNode, connect, disconnect } from './state/edits';
import { type Fitting, fittings, kindOf, type LooseEnd, wireTo } from './state/fitting';
import { gestureNow, recommend } from './state/model-defaults';
import { bestFirst, rankBySearch } from './state/rank';
import { insertions, insertOnWire, replacements, replaceNode } from './state/refit';
import { type PaletteAt, useUi } from './state/ui-store';
import { useComponentLibrary } from './use-components';
import { focusCard, placeFor } from './use-fit';
import { layWire, wireInto } from './use-wiring';

const width = 340;
const height = 520;

/** The search palette. Opened by a wire it lists only what fits, and joins what is chosen. */
export function Palette() {
  const at = useUi((state) => state.palette);
  return at && <OpenPalette key={`${at.screen.x},${at.screen.y}`} at={at} />;
}

const close = () => useUi.getState().openPalette(null);

function OpenPalette({ at }: { at: PaletteAt }) {
  const box = useRef<HTMLDivElement>(null);
  const step = at.joins === undefined ? '' : (at.end?.port ?? 'socket');
  // The second question is asked with nothing written yet.
  const [written, write] = useState({ step, text: '' });
  const search = written.step === step ? written.text : '';
  const { sections, kind, asks, goTo } = useSections(at, search);
  useEffect(() => {
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) close();
    };
    window.addEventListener('pointerdown', outside, true);
    return () => window.removeEventListener('pointerdown', outside, true);
  }, []);
  // The keyboard goes on where it was, or on what has just been made.
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (goTo.current) focusCard(goTo.current);
      else if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    },
    [before, goTo],
  );

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
        key={step}
        label={asks}
        loop
        filter={rankBySearch}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Escape') close();
          if (event.key === 'Backspace' && !search && at.joins && at.end) turnTo(at, undefined);
        }}
      >
        <div className="flex items-center gap-2.5 border-b border-line px-3.5">
          <Search size={15} className="flex-none text-ink-3" aria-hidden />
          <Command.Input
            autoFocus
            placeholder={asks}
            // Not handed back as its value: what is listed would then lag behind the keys, and Enter take something else.
            onValueChange={(text) => write({ step, text })}
            className="h-11 min-w-0 flex-1 bg-transparent text-[14px] outline-none placeholder:text-ink-3"
          />
          {kind && <span data-kind={kind} className="size-2.5 flex-none rounded-full bg-[var(--kind)]" />}
        </div>
        <Command.List
          className="overflow-y-auto p-1.5"
          style={{ maxHeight: `calc(min(${height}px, 100vh - 24px) - 48px)` }}
        >
          <Command.Empty className="px-3 py-8 text-center text-[12px] text-ink-3">
            {at.end || at.wire || at.replaces || at.joins
              ? 'Nothing of that name fits here.'
              : 'No node by that name. Try what it does: “noise”, “video”, “prompt”.'}
          </Command.Empty>
          {sections.map(({ name, entries }) => (
            <Command.Group
              key={name}
              heading={sectionTitle(name)}
              className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-[11px] [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-ink-3"
            >
              {entries.map((row) => (
                <Line key={row.name} row={row} />
              ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </div>
  );
}

/** What the palette lists, under which headings, and what it asks; `goTo` is the card that was made. */
function useSections(at: PaletteAt, search: string) {
  const store = useEditorStore();
  const library = useComponentLibrary();
  const goTo = useRef<string>(undefined);
  const { graph, models, found } = useMemo(() => {
    const { graph: bare, models: known } = store.getState();
    const page = stocked(bare, library);
    return { graph: page, models: known, found: offered(page, known, at) };
  }, [store, at, library]);

  const choose = ({ type, port }: Fitting) => {
    let made = '';
    const gesture = gestureNow();
    store.getState().edit((bare) => {
      const page = stocked(bare, library);
      const refitted = at.wire
        ? insertOnWire(page, models, { wire: at.wire, type, at: placeOf(at) })
        : at.replaces && replaceNode(page, models, { id: at.replaces, type });
      if (refitted) {
        made = refitted.id;
        return refitted.graph;
      }
      // A node pulled from a wire comes to lie so that the wire stays short.
      const offset = at.end?.side === 'target' ? -300 : at.end ? 20 : -136;
      const wished = { x: Math.round(at.canvas.x + offset), y: Math.round(at.canvas.y - 40) };
      const added = addNode(page, { type, at: at.clear ? placeFor(store, type, wished) : wished });
      made = added.id;
      return at.end && port ? connect(added.graph, wireTo(at.end, { node: added.id, port })) : added.graph;
    }, gesture);
    if (!at.replaces) recommend(store, made, gesture);
    if (at.end?.side === 'target' && at.end.port === 'model') recommend(store, at.end.node, gesture);
    store.getState().select(new Set([made]));
    goTo.current = made;
    close();
  };

  const rows = (): RowSection[] => {
    const { end, joins } = at;
    if (joins === undefined) return nodeRows({ graph, found, search }, choose);
    if (!end) return socketRows(graph, joins, (one) => turnTo(at, one));
    const act = (change: () => void) => {
      change();
      close();
    };
    const join = (other: LooseEnd) => act(() => layWire(store, wireTo(end, other)));
    const cut = () => act(() => store.getState().edit((page) => disconnect(page, wireInto(page, end))));
    return [...joinRows({ graph, models, end }, { join, cut }), ...nodeRows({ graph, found, search }, choose)];
  };
  const sections = bestFirst(rows(), (row) => row, search);
  return { sections, kind: at.end && kindOf(graph, at.end), asks: question(graph, at), goTo };
}

/** Of a card's sockets one is chosen, or none any more: what it can be joined to comes to lie on its side of the card. */
function turnTo(at: PaletteAt, end: LooseEnd | undefined): void {
  const { end: _, ...rest } = at;
  const beside = at.beside?.[end?.side ?? 'source'] ?? at.canvas;
  useUi.getState().openPalette({ ...rest, ...(end ? { end, canvas: beside } : {}) });
}

/** A page with all definitions of the library at hand; those that are not used leave with the next edit. */
const stocked = (page: Page, library: ReturnType<typeof useComponentLibrary>): Page =>
  library.reduce((next, { graph }) => carrying(next, graph.components ?? []), page);

/** What the palette lists: nodes that fit the wire in the hand, the wire that is to be parted, or the card that is to go. */
function offered(graph: Graph, models: Models, { end, wire, replaces }: PaletteAt): Fitting[] {
  if (wire) return insertions(graph, models, wire);
  if (replaces !== undefined) return replacements(graph, models, replaces);
  return fittings(graph, models, end);
}

function question(graph: Graph, { end, wire, replaces, joins }: PaletteAt): string {
  if (wire) return 'What goes in between?';
  if (replaces !== undefined) return 'What takes its place?';
  const kind = end && kindOf(graph, end);
  if (!kind) return joins === undefined ? 'Add a node' : 'A wire from which socket?';
  const called = /s$/.test(kind) ? `these ${kind}` : `this ${kind}`;
  return end.side === 'target' ? `What gives ${called}?` : `What takes ${called}?`;
}

/** In the middle of a wire, the card's upper left corner lies a little before the pointer. */
const placeOf = ({ canvas }: PaletteAt) => ({ x: Math.round(canvas.x - 136), y: Math.round(canvas.y - 40) });

function Line({ row }: { row: Row }) {
  return (
    <Command.Item
      value={row.name}
      keywords={row.keywords}
      onSelect={row.choose}
      className="flex cursor-pointer items-start gap-2.5 rounded-[10px] px-2 py-2 data-[selected=true]:bg-field-hover"
    >
      {row.icon}
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline justify-between gap-2">
          <span className="truncate font-medium">{row.title}</span>
          {row.aside && <span className="flex-none truncate text-[11px] text-ink-3">{row.aside}</span>}
        </span>
        <span className="line-clamp-2 text-[11.5px] leading-snug text-ink-3">{row.says}</span>
      </span>
    </Command.Item>
  );
}

'use client';
import { useReactFlow } from '@xyflow/react';
import {
  Boxes,
  Cpu,
  Grid3x3,
  HelpCircle,
  History,
  LayoutGrid,
  ListVideo,
  Plus,
  Redo2,
  TriangleAlert,
  Undo2,
  Wand2,
} from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Mark } from '../Mark';
import { ThemeButton } from '../ThemeButton';
import { ComponentTool, Crumbs } from './Crumbs';
import { useHint } from './DoingContext';
import { useEditor, useEditorStore } from './EditorContext';
import { FaceSwitch } from './form/FaceSwitch';
import type { SaveState } from './state/save-state';
import { useUi } from './state/ui-store';
import { useTroubles } from './TroublesPanel';
import { useTidy } from './use-fit';

/** Name and state of the graph on the left, tools on the right; the canvas shows through between them. */
export function TopBar({ save }: { save: SaveState }) {
  const { toggleDrawer, setHelp, drawer, face } = useUi();
  const isInside = useEditor((state) => state.path.length > 0);
  const hasCards = face === 'graph';
  return (
    <div className="pointer-events-none absolute inset-x-3 top-3 z-20 flex items-start justify-between gap-3 max-[640px]:flex-col max-[640px]:gap-2 [&>*]:pointer-events-auto">
      <div className="floating flex h-11 max-w-full min-w-0 items-center gap-1 rounded-2xl pr-1.5 pl-1.5">
        <Link
          href="/library"
          className="flex h-8 flex-none items-center gap-2 rounded-[10px] px-2 font-semibold transition-colors hover:bg-field-hover"
          data-hint="All graphs, templates and results"
        >
          <Mark />
          {/* Inside a component the bar needs the room for two names. */}
          <span className={isInside ? 'max-[1200px]:hidden' : 'max-[760px]:hidden'}>Skein</span>
        </Link>
        <span className="text-line-strong">/</span>
        <Crumbs />
        <Name />
        <Saved state={save} />
        <FaceSwitch />
      </div>
      <div className="floating flex h-11 max-w-full flex-none items-center gap-0.5 rounded-2xl px-1.5 max-[640px]:gap-0 max-[640px]:[&>*]:min-w-0 max-[640px]:[&>*]:shrink max-[760px]:[&>[aria-hidden]]:hidden">
        <EditTools />
        <ComponentTool />
        <Rule />
        <Tool label="Runs and results" pressed={drawer === 'runs'} onClick={() => toggleDrawer('runs')}>
          <ListVideo size={16} />
        </Tool>
        {hasCards && (
          <>
            <Troubles pressed={drawer === 'troubles'} />
            <Tool
              label="Sweep: many settings at once"
              pressed={drawer === 'sweep'}
              onClick={() => toggleDrawer('sweep')}
            >
              <Grid3x3 size={16} />
            </Tool>
          </>
        )}
        <Tool label="Versions of this graph" pressed={drawer === 'versions'} onClick={() => toggleDrawer('versions')}>
          <History size={16} />
        </Tool>
        <Tool label="Devices, cache and disk" pressed={drawer === 'system'} onClick={() => toggleDrawer('system')}>
          <Cpu size={16} />
        </Tool>
        <Rule />
        <Link href="/library" className="icon-button max-[860px]:!hidden" aria-label="Library" data-hint="Library">
          <LayoutGrid size={16} />
        </Link>
        <Link
          href="/library#models"
          className="icon-button max-[860px]:!hidden"
          aria-label="Models"
          data-hint="Models: add, verify, remove"
        >
          <Boxes size={16} />
        </Link>
        <ThemeButton />
        <Tool label={useHint('help')} onClick={() => setHelp(true)}>
          <HelpCircle size={16} />
        </Tool>
      </div>
    </div>
  );
}

/** How many things need the person; nothing to press while none do, and nothing moves when that changes. */
function Troubles({ pressed }: { pressed: boolean }) {
  const { length } = useTroubles();
  const says = length ? `Problems: ${length}` : 'Problems: none';
  return (
    <Tool label={says} pressed={pressed} onClick={() => useUi.getState().toggleDrawer('troubles')}>
      <TriangleAlert size={16} />
      {length > 0 && (
        <span className="figures absolute top-0.5 right-0 min-w-3.5 rounded-full bg-bad px-1 text-[9.5px] leading-[14px] font-semibold text-canvas">
          {length > 99 ? '99+' : length}
        </span>
      )}
    </Tool>
  );
}

function EditTools() {
  const editor = useEditorStore();
  const flow = useReactFlow();
  const tidy = useTidy();
  const hasCards = useUi((state) => state.face === 'graph');
  const [add, tidyHint] = [useHint('add'), useHint('tidy')];
  const canUndo = useEditor((state) => state.history.past.length > 0);
  const canRedo = useEditor((state) => state.history.future.length > 0);
  const addInMiddle = () => {
    const screen = { x: window.innerWidth / 2, y: window.innerHeight / 2 };
    const corner = { x: screen.x - 150, y: Math.max(90, screen.y - 220) };
    useUi.getState().openPalette({ screen: corner, canvas: flow.screenToFlowPosition(screen), clear: true });
  };
  return (
    <>
      {hasCards && (
        <Tool label={add} onClick={addInMiddle}>
          <Plus size={17} />
        </Tool>
      )}
      <Tool label={useHint('undo')} disabled={!canUndo} onClick={() => editor.getState().undo()}>
        <Undo2 size={16} />
      </Tool>
      <Tool label={useHint('redo')} disabled={!canRedo} onClick={() => editor.getState().redo()}>
        <Redo2 size={16} />
      </Tool>
      {hasCards && (
        <Tool label={tidyHint} onClick={tidy}>
          <Wand2 size={16} />
        </Tool>
      )}
    </>
  );
}

function Name() {
  const editor = useEditorStore();
  const name = useEditor((state) => state.graph.name);
  const isInside = useEditor((state) => state.path.length > 0);
  return (
    <input
      aria-label={isInside ? 'Name of this component' : 'Name of this graph'}
      className="field-sizing-content max-w-[min(320px,26vw)] min-w-16 max-[640px]:max-w-[50vw] rounded-lg bg-transparent px-2 py-1 font-medium text-ellipsis text-ink outline-none transition-colors hover:bg-field-hover focus:bg-field"
      value={name}
      placeholder="Untitled"
      maxLength={200}
      onChange={(event) => editor.getState().edit((graph) => ({ ...graph, name: event.target.value }), 'name')}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
    />
  );
}

function Saved({ state }: { state: SaveState }) {
  const [says, tone] =
    state.is === 'saved'
      ? ['Saved', 'text-ink-3']
      : state.is === 'offline'
        ? ['Not saved yet', 'text-bad']
        : state.is === 'conflict'
          ? ['Waits for you', 'text-bad']
          : ['Saving', 'text-ink-3'];
  return (
    <span
      className={`min-w-[70px] flex-none text-[11px] whitespace-nowrap max-[760px]:sr-only ${tone}`}
      role="status"
      data-testid="save-state"
      data-hint={state.is === 'offline' ? state.says : undefined}
    >
      {says}
    </span>
  );
}

function Tool(props: { label: string; pressed?: boolean; disabled?: boolean; onClick(): void; children: ReactNode }) {
  return (
    <button
      type="button"
      className="icon-button relative"
      aria-label={props.label.split(' · ')[0]}
      aria-pressed={props.pressed}
      data-hint={props.label}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

const Rule = () => <span aria-hidden className="mx-1 h-5 w-px bg-line" />;

'use client';
import { BookOpen, Cpu, Grid3x3, History, ListVideo, type LucideIcon, Package, TriangleAlert, X } from 'lucide-react';
import { type ReactNode, Suspense, useEffect } from 'react';
import { later } from '../later';
import { useEditor } from './EditorContext';
import { Quiet } from './Quiet';
import { drawers, type Drawer as Name, useUi } from './state/ui-store';
import { TroublesPanel } from './TroublesPanel';
import type { Autosave } from './use-autosave';

/** How long after the editor has opened its panels are read, in milliseconds. */
const leisure = 1500;
// Read when the drawer is first opened, or as soon as there is nothing better to do.
const panel = {
  runs: () => import('./RunsPanel'),
  node: () => import('./NodeHelp'),
  component: () => import('./ComponentPanel'),
  sweep: () => import('./SweepPanel'),
  versions: () => import('./VersionsPanel'),
  system: () => import('./SystemPanel'),
};
const Unread = () => <Quiet>This panel could not be read from the server. Reload the page to try again.</Quiet>;
const RunsPanel = later(async () => (await panel.runs()).RunsPanel, Unread);
const NodeHelp = later(async () => (await panel.node()).NodeHelp, Unread);
const ComponentPanel = later(async () => (await panel.component()).ComponentPanel, Unread);
const SweepPanel = later(async () => (await panel.sweep()).SweepPanel, Unread);
const VersionsPanel = later(async () => (await panel.versions()).VersionsPanel, Unread);
const SystemPanel = later(async () => (await panel.system()).SystemPanel, Unread);

const titles: Record<Name, { title: string; Icon: LucideIcon }> = {
  runs: { title: 'Runs', Icon: ListVideo },
  troubles: { title: 'Problems', Icon: TriangleAlert },
  sweep: { title: 'Sweep', Icon: Grid3x3 },
  versions: { title: 'Versions', Icon: History },
  node: { title: 'Node', Icon: BookOpen },
  component: { title: 'Component', Icon: Package },
  system: { title: 'System', Icon: Cpu },
};

/** One panel at the right edge, with what is not on the canvas. */
export function Drawer({ graphId, autosave }: { graphId: string; autosave: Autosave }) {
  const { drawer, toggleDrawer } = useUi();
  const isInside = useEditor((state) => state.path.length > 0);
  useEffect(() => {
    const timer = setTimeout(() => void Promise.allSettled(Object.values(panel).map((read) => read())), leisure);
    return () => clearTimeout(timer);
  }, []);
  if (!drawer) return null;
  const panels: Record<Name, ReactNode> = {
    runs: <RunsPanel graphId={graphId} />,
    troubles: <TroublesPanel />,
    node: <NodeHelp />,
    component: <ComponentPanel />,
    sweep: <SweepPanel graphId={graphId} />,
    versions: <VersionsPanel graphId={graphId} autosave={autosave} />,
    system: <SystemPanel />,
  };
  return (
    <aside
      aria-label={titles[drawer].title}
      className="floating absolute top-[68px] max-[640px]:top-[120px] right-3 bottom-3 max-[640px]:bottom-[84px] z-20 flex w-[340px] max-w-[calc(100vw-24px)] animate-drawer flex-col overflow-hidden rounded-2xl"
    >
      <header className="flex h-12 flex-none items-center gap-0.5 border-b border-line px-2">
        {drawers
          .filter((name) => name !== 'component' || isInside)
          .map((name) => {
            const { title, Icon } = titles[name];
            const isOpen = drawer === name;
            return (
              <button
                key={name}
                type="button"
                aria-pressed={isOpen}
                aria-label={title}
                data-hint={isOpen ? undefined : title}
                className={`flex h-8 items-center gap-1.5 rounded-[9px] font-medium transition-colors ${isOpen ? 'bg-field-hover px-2.5 text-ink' : 'px-1.5 text-ink-3 hover:text-ink'}`}
                onClick={() => !isOpen && toggleDrawer(name)}
              >
                <Icon size={15} aria-hidden /> {isOpen && title}
              </button>
            );
          })}
        <button type="button" className="icon-button ml-auto" aria-label="Close" onClick={() => toggleDrawer(null)}>
          <X size={16} />
        </button>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-3">
        <Suspense>{panels[drawer]}</Suspense>
      </div>
    </aside>
  );
}

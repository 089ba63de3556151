'use client';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { RunsPanel } from './RunsPanel';
import { SweepPanel } from './SweepPanel';
import { SystemPanel } from './SystemPanel';
import { drawers, type Drawer as Name, useUi } from './state/ui-store';
import type { Autosave } from './use-autosave';
import { VersionsPanel } from './VersionsPanel';

const titles: Record<Name, string> = { runs: 'Runs', sweep: 'Sweep', versions: 'Versions', system: 'System' };

/** One panel at the right edge, with what is not on the canvas. */
export function Drawer({ graphId, autosave }: { graphId: string; autosave: Autosave }) {
  const { drawer, toggleDrawer } = useUi();
  if (!drawer) return null;
  const panels: Record<Name, ReactNode> = {
    runs: <RunsPanel graphId={graphId} />,
    sweep: <SweepPanel graphId={graphId} />,
    versions: <VersionsPanel graphId={graphId} autosave={autosave} />,
    system: <SystemPanel />,
  };
  return (
    <aside
      aria-label={titles[drawer]}
      className="floating absolute top-[68px] max-[640px]:top-[120px] right-3 bottom-3 max-[640px]:bottom-[84px] z-20 flex w-[340px] max-w-[calc(100vw-24px)] animate-drawer flex-col overflow-hidden rounded-2xl"
    >
      <header className="flex h-12 flex-none items-center gap-1 border-b border-line px-2">
        {drawers.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={drawer === name}
            className={`h-8 rounded-[9px] px-3 font-medium transition-colors ${drawer === name ? 'bg-field-hover text-ink' : 'text-ink-3 hover:text-ink'}`}
            onClick={() => drawer !== name && toggleDrawer(name)}
          >
            {titles[name]}
          </button>
        ))}
        <button type="button" className="icon-button ml-auto" aria-label="Close" onClick={() => toggleDrawer(null)}>
          <X size={16} />
        </button>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-3">{panels[drawer]}</div>
    </aside>
  );
}

'use client';
import { ChevronRight, SlidersHorizontal } from 'lucide-react';
import { Fragment, useEffect, useRef } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { componentOf } from '../../nodes/component';
import { trailTo } from '../../nodes/flatten';
import { useEditor, useEditorStore } from './EditorContext';
import { useUi } from './state/ui-store';
import { useFit, useShowCard } from './use-fit';

/** The pages above the open one, to go back to. Nothing on the page of the graph itself. */
export function Crumbs() {
  const editor = useEditorStore();
  const names = useEditor(
    useShallow(({ root, path }) => [
      root.name || 'Untitled',
      ...trailTo(root, path.join('/')).map((node) => componentOf(root, node)?.name || 'Component'),
    ]),
  );
  if (names.length < 2) return null;
  return (
    <nav aria-label="Pages above" className="flex min-w-0 items-center">
      {names.slice(0, -1).map((name, depth) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the depth is what the button leads to
        <Fragment key={depth}>
          <button
            type="button"
            className="max-w-[140px] truncate rounded-lg px-2 py-1 text-ink-2 transition-colors hover:bg-field-hover hover:text-ink"
            data-hint="Back up · Escape"
            onClick={() => editor.getState().leave(depth)}
          >
            {name}
          </button>
          <ChevronRight size={13} className="flex-none text-ink-3" aria-hidden />
        </Fragment>
      ))}
    </nav>
  );
}

/** On the page of a component: its sockets and controls. */
export function ComponentTool() {
  const isInside = useEditor((state) => state.path.length > 0);
  const { drawer, toggleDrawer } = useUi();
  if (!isInside) return null;
  return (
    <button
      type="button"
      className="icon-button"
      aria-label="Sockets and controls of this component"
      aria-pressed={drawer === 'component'}
      data-hint="Sockets and controls of this component"
      onClick={() => toggleDrawer('component')}
    >
      <SlidersHorizontal size={16} />
    </button>
  );
}

/** Another page has come: it is shown whole, or the card on it that was asked for, and the panel of sockets closes where there are none. */
export function useShownPage(): void {
  const showAll = useFit();
  const show = useShowCard();
  const path = useEditor((state) => state.path.join('/'));
  const last = useRef(path);
  useEffect(() => {
    if (last.current === path) return;
    last.current = path;
    const { drawer, toggleDrawer, setFitted } = useUi.getState();
    if (!path && drawer === 'component') toggleDrawer(null);
    setFitted(true);
    // Once its cards have been drawn and measured.
    const timer = setTimeout(() => {
      void showAll(0).then(() => {
        const { leadTo } = useUi.getState();
        if (leadTo !== null) show(leadTo);
        useUi.setState({ leadTo: null });
      });
    }, 40);
    return () => clearTimeout(timer);
  }, [path, showAll, show]);
}

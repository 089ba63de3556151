'use client';
import { ArrowUpCircle, CornerDownRight } from 'lucide-react';
import { useState } from 'react';
import { componentOf, isComponent, neededBy, unfoldable } from '../../nodes/component';
import { carrying, takeVersion } from '../../nodes/component-pages';
import { diffComponents } from '../../nodes/graph-diff';
import { ChangeList } from '../ChangeList';
import { Sheet } from '../Sheet';
import { openComponent } from './component-actions';
import { useEditor, useEditorStore } from './EditorContext';
import { type Offer, useComponentLibrary, useOffer } from './use-components';

/** At the foot of a component's card: the way inside, its version, and the newer one when there is one. */
export function ComponentStrip({ id }: { id: string }) {
  const editor = useEditorStore();
  const version = useEditor((state) => {
    const node = state.byId.get(id);
    return node && isComponent(node) ? componentOf(state.root, node)?.version : undefined;
  });
  const offer = useOffer(id);
  const [isAsking, setAsking] = useState(false);
  if (version === undefined) return <Bring id={id} />;
  return (
    <div className="nodrag flex items-center gap-1.5 border-t border-line px-2.5 py-1.5 text-[11px] text-ink-3">
      <button
        type="button"
        className="flex h-6 items-center gap-1 rounded-md px-1.5 hover:bg-fill hover:text-ink"
        data-hint="See and change what is inside · Enter, or a double click"
        onClick={() => openComponent(editor, id)}
      >
        <CornerDownRight size={12} aria-hidden /> Open
      </button>
      <span className="figures ml-auto">version {version}</span>
      {offer && (
        <button
          type="button"
          className="flex h-6 items-center gap-1 rounded-md bg-fill px-1.5 font-medium text-accent-text hover:bg-field-hover"
          onClick={() => setAsking(true)}
        >
          <ArrowUpCircle size={12} aria-hidden /> Version {offer.to.version}
        </button>
      )}
      {isAsking && offer && <Update id={id} offer={offer} onClose={() => setAsking(false)} />}
    </div>
  );
}

/** A card whose definition is not here, but in the library: the way to it. Nothing otherwise. */
function Bring({ id }: { id: string }) {
  const editor = useEditorStore();
  const type = useEditor((state) => state.byId.get(id)?.type ?? '');
  const isMissing = useEditor((state) => unfoldable(state.root, type) === 'missing');
  const library = useComponentLibrary();
  const kept = isMissing ? library.find(({ graph }) => componentOf(graph, { type })) : undefined;
  if (!kept) return null;
  return (
    <div className="nodrag border-t border-line p-2">
      <button
        type="button"
        className="text-button w-full"
        onClick={() => editor.getState().editRoot((root) => carrying(root, neededBy(kept.graph, [{ type }])))}
      >
        <ArrowUpCircle size={13} aria-hidden /> Bring it from the library
      </button>
    </div>
  );
}

/** What a newer version changes, before it is taken. Nothing happens to a card that nobody asks it of. */
function Update({ id, offer, onClose }: { id: string; offer: Offer; onClose(): void }) {
  const editor = useEditorStore();
  const root = useEditor((state) => state.root);
  const nodes = useEditor((state) => state.graph.nodes);
  const { from, to, definitions } = offer;
  const changes = diffComponents({ graph: root, is: from }, { graph: { components: [...definitions] }, is: to });
  const alike = nodes.filter((node) => componentOf(root, node)?.key === from.key).map((node) => node.id);
  const take = (ids: readonly string[]) => {
    editor.getState().edit((page) => ids.reduce((next, one) => takeVersion(next, one, { to, definitions }), page));
    onClose();
  };
  return (
    <Sheet
      title={`${to.name}: version ${from.version} → ${to.version}`}
      says="What you have set on the card stays, and Undo brings the old version back."
      open
      onClose={onClose}
    >
      <div className="rounded-xl border border-line bg-surface p-3">
        <ChangeList changes={changes} none="Both make the same." />
      </div>
      <div className="flex items-center justify-end gap-2 pt-5">
        <button type="button" className="text-button" onClick={onClose}>
          Keep version {from.version}
        </button>
        {alike.length > 1 && (
          <button type="button" className="text-button" onClick={() => take(alike)}>
            Update all {alike.length} cards here
          </button>
        )}
        <button
          type="button"
          className="text-button !border-transparent !bg-accent !text-accent-ink hover:brightness-105"
          onClick={() => take([id])}
        >
          Update this card
        </button>
      </div>
    </Sheet>
  );
}

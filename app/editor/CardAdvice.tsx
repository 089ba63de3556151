'use client';
import { X } from 'lucide-react';
import { useMemo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { useEditor, useEditorStore } from './EditorContext';
import { adviceOf, withAdvice } from './state/model-advice';
import { prefixOf } from './state/page-view';
import { useUi } from './state/ui-store';

/**
 * After another model was chosen on a card, or one whose name alone says how it wants to be stepped: what that recommends, where
 * the cards that work with it are set otherwise. One line on the card's lower edge. Nothing is changed by it before somebody
 * presses Use.
 */
export function CardAdvice({ id }: { id: string }) {
  const chosen = useUi((state) => state.advised);
  const isHere = useEditor((state) => chosen?.node === prefixOf(state) + id);
  return chosen && isHere ? <Line id={id} model={chosen.model} /> : null;
}

function Line({ id, model }: { id: string; model: string }) {
  const store = useEditorStore();
  const known = useEditor(useShallow(({ graph, checked, models }) => ({ graph, checked, models })));
  const advice = useMemo(() => adviceOf(known, { node: id, model }), [known, id, model]);
  const isTroubled = useEditor((state) => Boolean(state.problems[id]?.length));
  if (!advice || isTroubled) return null;
  return (
    <div className="hanging advice nodrag" role="status" data-testid="advice">
      <p>
        {advice.hint ? `By its name (${advice.hint.word}): ` : 'Recommends '}
        {advice.says}
      </p>
      <button
        type="button"
        className="flex-none rounded px-1 font-semibold text-accent-text hover:bg-fill"
        data-hint="Sets the cards that work with it so; Undo takes it back"
        onClick={() => store.getState().edit((graph) => withAdvice(graph, advice))}
      >
        Use
      </button>
      <button
        type="button"
        aria-label="Leave as it is"
        className="flex size-4 flex-none items-center justify-center rounded text-ink-3 hover:bg-fill hover:text-ink"
        onClick={() => useUi.getState().advise(null)}
      >
        <X size={12} />
      </button>
    </div>
  );
}

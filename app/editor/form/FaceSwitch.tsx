'use client';
import { useEditorStore } from '../EditorContext';
import { useUi } from '../state/ui-store';
import { type Face, showFace } from './use-face';

const faces: readonly { face: Face; says: string; hint: string }[] = [
  { face: 'graph', says: 'Graph', hint: 'Cards and wires' },
  { face: 'form', says: 'Form', hint: 'Only the controls chosen for it, and the result' },
];

/** Graph | Form: two faces of one document. */
export function FaceSwitch() {
  const editor = useEditorStore();
  const shown = useUi((state) => state.face);
  return (
    <fieldset aria-label="Show as" className="flex h-8 flex-none items-center gap-0.5 rounded-[10px] bg-field p-0.5">
      {faces.map(({ face, says, hint }) => (
        <button
          key={face}
          type="button"
          aria-pressed={shown === face}
          data-hint={hint}
          className={`h-7 rounded-lg px-2.5 text-[12.5px] font-medium transition-colors ${shown === face ? 'bg-surface text-ink shadow-card' : 'text-ink-3 hover:text-ink'}`}
          onClick={() => shown !== face && showFace(editor, face)}
        >
          {says}
        </button>
      ))}
    </fieldset>
  );
}

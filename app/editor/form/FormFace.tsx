'use client';
import { ListPlus, SlidersHorizontal } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { formGroups, usualForm } from '../../../nodes/form';
import { useEditor, useEditorStore } from '../EditorContext';
import { isActive } from '../state/run-state';
import { useTabs } from '../state/tabs';
import { FormLine } from './FormLine';
import { FormResult } from './FormResult';

/** The graph as a simple page: the controls somebody has chosen, and what comes of them. The same document, the same controls. */
export function FormFace() {
  const editor = useEditorStore();
  const root = useEditor((state) => state.root);
  const groups = formGroups(root);
  const [isArranging, setArranging] = useState(false);
  const result = useResultInSight();
  const hasTabs = useTabs((state) => state.tabs.length > 1);
  return (
    <div
      className="form-face absolute inset-0 overflow-y-auto overscroll-contain"
      data-testid="form"
      data-arranging={isArranging || undefined}
    >
      {/* Below the bar, and below the tabs where there are some. */}
      <div
        className={`mx-auto grid max-w-[1180px] grid-cols-[minmax(0,440px)_minmax(0,1fr)] gap-8 px-8 pb-28 max-[900px]:grid-cols-1 max-[900px]:gap-6 max-[900px]:px-4 ${hasTabs ? 'pt-32 max-[640px]:pt-40' : 'pt-24 max-[640px]:pt-32'}`}
      >
        <section aria-label="Controls" className="flex flex-col gap-4">
          <header className="flex items-start gap-3 px-1">
            <div className="min-w-0 flex-1">
              <h1 className="text-[21px] font-semibold tracking-tight break-words">{root.name || 'Untitled'}</h1>
              {root.about && <p className="mt-1 text-[13px] leading-snug text-ink-2">{root.about}</p>}
            </div>
            {groups.length > 0 && (
              <button
                type="button"
                className="icon-button flex-none"
                aria-label="Arrange the form"
                aria-pressed={isArranging}
                data-hint="Order, names and headings"
                onClick={() => setArranging(!isArranging)}
              >
                <SlidersHorizontal size={16} />
              </button>
            )}
          </header>
          {groups.map(({ title, fields }) => (
            <section
              key={fields.map(({ node, param }) => `${node}.${param}`).join()}
              aria-label={title ?? 'Controls'}
              className="grid grid-cols-2 gap-3 rounded-2xl border border-line bg-surface p-4 shadow-card"
            >
              {title && <h2 className="col-span-2 text-[12px] font-semibold text-ink-3">{title}</h2>}
              {fields.map((field) => (
                <FormLine key={`${field.node}.${field.param}`} field={field} isArranging={isArranging} />
              ))}
            </section>
          ))}
          {!groups.length && (
            <div className="rounded-2xl border border-dashed border-line-strong p-6 text-center">
              <p className="text-[13px] leading-relaxed text-ink-2">
                This form has no controls yet. On the graph, right click a control and choose “Show in form”.
              </p>
              <button
                type="button"
                className="text-button mx-auto mt-4"
                onClick={() => editor.getState().editRoot(usualForm)}
              >
                <ListPlus size={14} /> Begin with prompts, seeds and sizes
              </button>
            </div>
          )}
        </section>
        <section
          ref={result}
          aria-label="Result"
          className="scroll-mt-24 min-[901px]:sticky min-[901px]:top-24 min-[901px]:self-start"
        >
          <FormResult />
        </section>
      </div>
    </div>
  );
}

/** In a narrow window the result lies below the controls: a run that begins brings it into sight. */
function useResultInSight() {
  const place = useRef<HTMLElement>(null);
  const isBusy = useEditor(useShallow((state) => isActive(state.whole.run)));
  useEffect(() => {
    if (isBusy && window.innerWidth <= 900) place.current?.scrollIntoView({ behavior: 'smooth', block: 'start' });
  }, [isBusy]);
  return place;
}

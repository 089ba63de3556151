'use client';
import { useMemo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { useEditor } from './EditorContext';
import { Quiet } from './Quiet';
import { SectionIcon } from './SectionIcon';
import { type Trouble, troublesOf } from './state/troubles';
import { useShowNode } from './use-fit';

/** Everything in the document that needs the person, drawn again only when it changes. */
export function useTroubles(): readonly Trouble[] {
  const problems = useEditor((state) => state.checked.problems);
  // What this machine lacks, by node.
  const lacking = useEditor(
    useShallow(({ whole: { plan } }) =>
      Object.fromEntries(Object.entries(plan).flatMap(([id, { says }]) => (says === undefined ? [] : [[id, says]]))),
    ),
  );
  const root = useEditor((state) => state.root);
  const opened = useEditor((state) => state.flat.opened);
  const failed = useEditor(
    useShallow(({ whole: { run } }) =>
      Object.fromEntries(Object.entries(run.nodes).filter(([, { state }]) => state === 'failed')),
    ),
  );
  const run = useEditor(({ whole: { run } }) =>
    run.status === 'failed' && run.failedAt === undefined ? run.says : undefined,
  );
  return useMemo(() => {
    const all = [...problems, ...Object.entries(lacking).map(([at, says]) => ({ at, says }))];
    return troublesOf({ problems: all, failed, run, root, opened });
  }, [problems, lacking, failed, run, root, opened]);
}

/** Problems of the graph and failures of the last run; a press leads to the card, on whatever page it lies. */
export function TroublesPanel() {
  const troubles = useTroubles();
  const show = useShowNode();
  if (!troubles.length) return <Quiet>Nothing needs you. What keeps the graph from running is listed here.</Quiet>;
  const parts = [
    { from: 'graph', title: 'To mend before it runs' },
    { from: 'run', title: 'Went wrong in the last run' },
  ] as const;
  return parts.map(({ from, title }) => {
    const list = troubles.filter((trouble) => trouble.from === from);
    if (!list.length) return null;
    return (
      <section key={from} className="mb-4">
        <h3 className="figures mb-2 text-[12px] font-semibold text-accent-text">
          {title} · {list.length}
        </h3>
        <ul className="flex flex-col gap-1.5">
          {list.map(({ key, at, type, where, says, detail }) => (
            <li key={key} className="rounded-xl border border-line bg-surface">
              <button
                type="button"
                disabled={at === undefined}
                className="flex w-full items-start gap-2.5 rounded-xl p-2.5 text-left transition-colors enabled:hover:bg-field-hover"
                onClick={() => at !== undefined && show(at)}
              >
                {at !== undefined && <SectionIcon type={type ?? ''} />}
                <span className="min-w-0 flex-1">
                  <span className="block truncate text-[12.5px] font-medium text-bad">{where}</span>
                  <span className="block text-[12px] leading-snug text-ink-2">{says}</span>
                </span>
              </button>
              {detail && (
                <details className="px-2.5 pb-2.5 text-[11px] text-ink-3">
                  <summary className="cursor-pointer">Details</summary>
                  <pre className="number mt-1 max-h-40 overflow-auto text-[10.5px] whitespace-pre-wrap select-text">
                    {detail}
                  </pre>
                </details>
              )}
            </li>
          ))}
        </ul>
      </section>
    );
  });
}

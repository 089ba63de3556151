'use client';
import { label } from '../../nodes/check';
import { useEditor } from './EditorContext';
import { type Field, fieldsOf } from './state/fields';

const none: readonly Field[] = [];

/**
 * What keeps this node from running, or what went wrong when it ran. It hangs on the lower edge of the card and lengthens it
 * by nothing: one line, and all of it under the pointer or when the card is chosen.
 */
export function CardTroubles({ id, isOpen }: { id: string; isOpen: boolean }) {
  const problems = useEditor((state) => state.problems[id]);
  const lack = useEditor((state) => state.plan[id]?.says);
  const failed = useEditor((state) => {
    const node = state.run.nodes[id];
    return node?.state === 'failed' ? node : undefined;
  });
  const fields = useEditor((state) => {
    const definition = state.definitions[state.byId.get(id)?.type ?? ''];
    return definition ? fieldsOf(definition) : none;
  });
  const count = (problems?.length ?? 0) + (lack ? 1 : 0) + (failed ? 1 : 0);
  if (!count) return null;
  return (
    <div className="hanging troubles nodrag nowheel" data-open={isOpen || undefined} role="alert">
      {problems?.map(({ says, port, param }) => (
        <p key={`${port}${param}${says}`}>
          {/* A card with one control need not say which. */}
          {param && !port && fields.length !== 1 && (
            <span className="font-medium text-bad">
              {fields.find(({ name }) => name === param)?.title ?? label(param)}:{' '}
            </span>
          )}
          {says}
        </p>
      ))}
      {lack && <p>{lack}</p>}
      {failed && (
        <>
          <p>{failed.says}</p>
          {failed.detail && (
            <details className="text-[11px] text-ink-2">
              <summary className="cursor-pointer">Details</summary>
              <pre className="number mt-1 max-h-40 overflow-auto text-[10.5px] whitespace-pre-wrap">
                {failed.detail}
              </pre>
            </details>
          )}
        </>
      )}
      {count > 1 && <span className="troubles-more figures">+{count - 1}</span>}
    </div>
  );
}

'use client';
import { Clapperboard } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import { CardMedia } from '../CardMedia';
import { useEditor } from '../EditorContext';
import { StatusBadge } from '../StatusBadge';
import { StepLine } from '../StepLine';
import { titleOf } from '../state/card-title';
import { shownOn } from '../state/shown-outputs';

/** What the graph makes: the clip as it takes shape while a run is on, then every output. */
export function FormResult() {
  const sinks = useEditor(
    useShallow(({ root, definitions }) =>
      root.nodes.flatMap(({ id, type, off }) => (definitions[type]?.sink && off !== 'mute' ? [id] : [])),
    ),
  );
  const busy = useEditor((state) => {
    if (state.run.status !== 'running') return undefined;
    return Object.entries(state.run.nodes).findLast(([, node]) => node.state === 'running')?.[0];
  });
  const shown = useEditor(useShallow((state) => sinks.filter((id) => shownOn(id, state))));
  const preview = useEditor((state) =>
    state.run.status === 'running'
      ? Object.entries(state.run.nodes).findLast(([, node]) => node.preview && !node.outputs)?.[0]
      : undefined,
  );
  const failures = useEditor(
    useShallow(({ run, byId, root }) =>
      Object.entries(run.nodes).flatMap(([id, node]) => {
        const card = byId.get(id);
        return node.state === 'failed' && card ? [`${titleOf(card, root)}: ${node.says ?? 'It failed.'}`] : [];
      }),
    ),
  );
  return (
    <div className="flex flex-col gap-4">
      {busy !== undefined && <Busy id={busy} />}
      {failures.map((says) => (
        <p key={says} role="alert" className="rounded-2xl bg-bad-soft px-4 py-3 text-[13px] leading-snug select-text">
          {says}
        </p>
      ))}
      {preview !== undefined && !shown.length && <Frame id={preview} />}
      {shown.map((id) => (
        <Frame key={id} id={id} />
      ))}
      {!shown.length && preview === undefined && (
        <div className="flex aspect-[4/3] flex-col items-center justify-center gap-3 rounded-2xl border border-dashed border-line-strong text-ink-3 max-[900px]:aspect-[16/9]">
          <Clapperboard size={26} aria-hidden />
          <p className="text-[13px]">{busy === undefined ? 'What Run makes appears here.' : 'It is being made.'}</p>
        </div>
      )}
    </div>
  );
}

/** As large as the page allows without hiding its foot behind the dock. */
function Frame({ id }: { id: string }) {
  const shape = useEditor((state) => {
    const preview = state.run.nodes[id]?.preview;
    const facts = Object.values(shownOn(id, state)?.outputs ?? {}).find(({ file }) => file)?.facts;
    const [width, height] = facts ? [facts['width'], facts['height']] : [preview?.width, preview?.height];
    return Number(width) > 0 && Number(height) > 0 ? Number(width) / Number(height) : 1;
  });
  return (
    <div
      className="mx-auto w-full overflow-hidden rounded-2xl border border-line bg-surface pt-3 shadow-card"
      style={{ maxWidth: `calc((100dvh - 290px) * ${shape})`, minWidth: 'min(100%, 280px)' }}
    >
      <CardMedia node={id} />
    </div>
  );
}

/** Which card is at work, and how far it is. */
function Busy({ id }: { id: string }) {
  const node = useEditor((state) => state.run.nodes[id]);
  const title = useEditor(({ byId, root }) => {
    const card = byId.get(id);
    return card ? titleOf(card, root) : '';
  });
  return (
    <div className="flex flex-col gap-2 rounded-2xl border border-line bg-surface px-4 py-3 shadow-card">
      <div className="flex items-center justify-between gap-3">
        <span className="truncate text-[13px] font-medium">{title}</span>
        <StatusBadge
          status={{ is: 'running', ...(node?.inner ? { inner: node.inner } : {}), done: node?.done, of: node?.of }}
        />
      </div>
      <StepLine node={node} className="h-1 rounded-full bg-field" />
    </div>
  );
}

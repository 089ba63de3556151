'use client';
import { CloudDownload, Replace } from 'lucide-react';
import { useMemo, useState } from 'react';
import { toast } from 'sonner';
import { check } from '../../nodes/check';
import { sayTrail } from '../../nodes/component-node';
import { flatten } from '../../nodes/flatten';
import { likelyHub, type missingModels, renameModel } from '../../nodes/named-models';
import type { ModelSource } from '../../nodes/values';
import { DownloadRow } from '../models/DownloadRow';
import { HubSearch } from '../models/HubSearch';
import type { Download } from '../models/use-downloads';
import { useEditor, useEditorStore } from './EditorContext';
import { sayModel } from './state/facts-line';

interface Props {
  missing: ReturnType<typeof missingModels>[number];
  /** Where it can be had from, if anybody knows. */
  source: ModelSource | undefined;
  downloads: readonly Download[];
}

/** One model that is not here: who needs it, where it can be had, which others would do. */
export function MissingModel({ missing, source, downloads }: Props) {
  const { model, nodes, param, isLora } = missing;
  const editor = useEditorStore();
  const root = useEditor((state) => state.root);
  const problems = useEditor((state) => state.problems);
  const [begun, setBegun] = useState<string | null>(null);
  const [way, setWay] = useState<'download' | 'another' | null>(null);
  const titles = nodes.map((id) => sayTrail(root, id));
  const says = nodes
    .flatMap((id) => problems[id.split('/')[0] ?? ''] ?? [])
    .find((problem) => problem.param === param)?.says;
  const models = useEditor((state) => state.models);
  // One that came earlier, and was removed since, is history.
  const isPast = (one: Download) => one.state === 'done' && !one.models?.some((id) => Object.hasOwn(models, id));
  const hub = source?.hub ?? likelyHub(model);
  const download = downloads.find((one) => one.id === begun || (one.repository === hub && !isPast(one)));
  const arrived = download?.state === 'done' ? download.models?.find((id) => Object.hasOwn(models, id)) : undefined;
  const use = (other: string) => {
    editor.getState().editRoot((graph) => renameModel(graph, model, other));
    toast.success(`The graph uses ${models[other]?.title ?? other} now`, {
      description: 'Undo brings the old name back.',
    });
  };
  return (
    <section className="flex flex-col gap-3 rounded-2xl border border-line bg-surface p-4" data-testid="missing-model">
      <div>
        <h3 className="flex flex-wrap items-baseline gap-x-2 text-[14px] font-semibold">
          <span className="break-all">{model}</span>
          <span className="text-[12px] font-normal text-ink-3">
            {isLora ? 'LoRA' : 'model'} · named by {titles.map((title) => `“${title}”`).join(', ')}
          </span>
        </h3>
        {says && <p className="mt-1 text-[12.5px] leading-snug text-ink-2">{says}</p>}
      </div>
      {download ? (
        <>
          <DownloadRow download={download} />
          {arrived !== undefined && arrived !== model && (
            <button type="button" className="text-button self-start" onClick={() => use(arrived)}>
              Use {arrived} in this graph
            </button>
          )}
        </>
      ) : (
        <>
          <div className="grid grid-cols-2 gap-2 max-[520px]:grid-cols-1">
            <Way
              icon={<CloudDownload size={16} aria-hidden />}
              title={hub ? 'Download it' : 'Download one'}
              says={source ? `from ${source.hub}` : hub ? 'if the hub has it by this name' : 'if you know where it is'}
              isChosen={way === 'download'}
              onClick={() => setWay(way === 'download' ? null : 'download')}
            />
            <Way
              icon={<Replace size={16} aria-hidden />}
              title="Use another"
              says={isLora ? 'LoRA that is here' : 'model that is here'}
              isChosen={way === 'another'}
              onClick={() => setWay(way === 'another' ? null : 'another')}
            />
          </div>
          {way === 'download' && <HubSearch begin={hub} revision={source?.revision} onBegun={setBegun} />}
        </>
      )}
      {way === 'another' && <Others missing={missing} onUse={use} />}
    </section>
  );
}

function Way(props: { icon: React.ReactNode; title: string; says: string; isChosen: boolean; onClick(): void }) {
  return (
    <button
      type="button"
      aria-expanded={props.isChosen}
      className={`flex items-center gap-3 rounded-xl border px-3.5 py-2.5 text-left transition-colors hover:bg-field-hover ${props.isChosen ? 'border-accent-text bg-field-hover' : 'border-line-strong'}`}
      onClick={props.onClick}
    >
      <span className="flex-none text-accent-text">{props.icon}</span>
      <span className="min-w-0">
        <span className="block font-semibold">{props.title}</span>
        <span className="block truncate text-[12px] text-ink-3">{props.says}</span>
      </span>
    </button>
  );
}

/** Models of the same kind that are here, those first with which the graph could run as it is. */
function Others({ missing, onUse }: { missing: Props['missing']; onUse(model: string): void }) {
  const graph = useEditor((state) => state.root);
  const models = useEditor((state) => state.models);
  const others = useMemo(() => {
    const usable = Object.values(models).filter((card) => !card.broken && Boolean(card.lora) === missing.isLora);
    const troubles = (id: string) =>
      check(flatten(renameModel(graph, missing.model, id)).graph, models).problems.length;
    return usable
      .map((card) => ({ card, troubles: troubles(card.id) }))
      .sort((a, b) => a.troubles - b.troubles || (a.card.title < b.card.title ? -1 : 1));
  }, [graph, models, missing]);
  const fewest = others[0]?.troubles ?? 0;
  if (!others.length) return <p className="text-[12.5px] text-ink-2">There is none here yet.</p>;
  return (
    <ul className="flex max-h-[220px] flex-col gap-1 overflow-y-auto">
      {others.map(({ card, troubles }) => (
        <li key={card.id}>
          <button
            type="button"
            className="flex w-full items-center gap-3 rounded-xl px-3 py-2 text-left transition-colors hover:bg-field-hover"
            onClick={() => onUse(card.id)}
          >
            <span className="min-w-0 flex-1">
              <span className="block truncate font-semibold">{card.title}</span>
              <span className="figures block truncate text-[12px] text-ink-3">{sayModel(card)}</span>
            </span>
            <span className={`flex-none text-[12px] ${troubles === fewest ? 'text-good' : 'text-ink-3'}`}>
              {troubles === fewest ? 'fits' : 'needs changes'}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

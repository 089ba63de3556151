'use client';
import { useQuery } from '@tanstack/react-query';
import { Columns2, FileDown, GitBranch, Play, X } from 'lucide-react';
import Link from 'next/link';
import { Dialog } from 'radix-ui';
import { Fragment, type ReactNode } from 'react';
import { toast } from 'sonner';
import { diffGraphs } from '../../nodes/graph-diff';
import { type Answers, api } from '../api-client';
import { ChangeList } from '../ChangeList';
import { compareUrl } from '../compare/compare-url';
import { said } from '../said';
import { saveGraphFile } from '../save-file';
import { useEditorStore } from './EditorContext';
import { Quiet } from './Quiet';
import { kindOfNode } from './SectionIcon';
import { expectedOfRun } from './state/expected';
import { sayAgo, sayBytes, saySeconds } from './state/facts-line';
import { type Bar, runReport } from './state/run-report';
import { whyRan } from './state/why-ran';
import { useOpenGraph } from './use-drops';

type Found = Answers['runs']['get'];

/** One run whole: what it spent its time on and why, and in what its graph differs from the one on the canvas. */
export function RunDetails({ runId, graphId, close }: { runId: string; graphId: string; close(): void }) {
  const { data, error } = useQuery({ queryKey: ['runs', 'one', runId], queryFn: () => api.runs.get.query({ runId }) });
  const { data: history } = useQuery({
    queryKey: ['runs', 'history', runId],
    queryFn: () => api.runs.history.query({ runId }),
  });
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade bg-black/50" />
        <Dialog.Content
          aria-describedby={undefined}
          className="floating fixed top-1/2 left-1/2 z-50 flex max-h-[86vh] w-[min(720px,calc(100vw-32px))] -translate-x-1/2 -translate-y-1/2 animate-fade flex-col overflow-hidden rounded-3xl outline-none"
        >
          {error ? (
            <Quiet>{said(error)}</Quiet>
          ) : data ? (
            <Whole found={data} history={history} graphId={graphId} close={close} />
          ) : null}
          <Dialog.Close className="icon-button !absolute top-5 right-5" aria-label="Close">
            <X size={16} />
          </Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

type History = Answers['runs']['history'];

function Whole(props: { found: Found; history?: History; graphId: string; close(): void }) {
  const { found, history, graphId, close } = props;
  const editor = useEditorStore();
  const openGraph = useOpenGraph();
  const { run, nodes, graph, record } = found;
  const report = runReport(run, nodes, graph, history?.memory);
  const why = history
    ? whyRan({ graph, record, nodes, at: run.queuedAt, isFresh: run.fresh }, history)
    : new Map<string, string>();
  const shown = nodes
    .flatMap(({ outputs }) => Object.values(outputs))
    .find(({ file }) => file?.asset && /^(video|image)\//.test(file.mime))?.file?.asset;
  const changes = diffGraphs(graph, editor.getState().root);
  const attempt = (act: () => Promise<void>) => async () => {
    try {
      await act();
      close();
    } catch (failure) {
      toast.error('That did not work', { description: said(failure) });
    }
  };
  return (
    <>
      <header className="px-7 pt-6 pb-4">
        <Dialog.Title className="text-[17px] font-semibold tracking-tight">
          {run.state === 'done' ? `Done in ${saySeconds(run.seconds ?? report.whole)}` : titles[run.state]}
        </Dialog.Title>
        <p className="text-[12px] text-ink-3">
          {run.queuedAt.toLocaleString()} · {sayAgo(run.queuedAt.getTime(), Date.now())}
        </p>
        {run.says && <p className="mt-2 text-[13px] text-bad">{run.says}</p>}
      </header>
      <div className="flex min-h-0 flex-col gap-6 overflow-y-auto px-7 pb-2">
        <Part title="Where the time went">
          {report.bars.length > 0 ? (
            <ol className="flex flex-col gap-1">
              {report.bars.map((bar) => (
                <Line
                  key={bar.node}
                  bar={bar}
                  whole={report.whole}
                  says={[why.get(bar.node), factsOfNode(nodes.find(({ node }) => node === bar.node))]}
                />
              ))}
            </ol>
          ) : (
            <p className="text-[13px] text-ink-2">Nothing had to be computed.</p>
          )}
          <ul className="mt-3 flex flex-col gap-0.5 text-[13px] text-ink-2">
            {report.why.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </Part>
        {record && <MadeWithPart record={record} />}
        <Part title="What is different on the canvas now">
          <ChangeList changes={changes} none="Nothing: Run would make the same." />
        </Part>
      </div>
      <footer className="flex flex-wrap gap-2 border-t border-line px-7 py-4">
        <button
          type="button"
          className="text-button"
          onClick={attempt(() => openGraph(graph, 'As it was when it ran', expectedOfRun(found, { name: run.name })))}
        >
          <GitBranch size={14} /> Open this graph
        </button>
        <button
          type="button"
          className="text-button"
          onClick={attempt(async () => void (await api.runs.start.mutate({ graph, graphId })))}
          data-hint="Runs it as it was; what is cached is not made anew"
        >
          <Play size={13} /> Run it again
        </button>
        <button type="button" className="text-button" onClick={() => saveGraphFile(graph)}>
          <FileDown size={14} /> Save its graph
        </button>
        {shown && (
          <Link className="text-button" href={compareUrl(shown)} data-hint="Holds its result against another">
            <Columns2 size={14} /> Compare
          </Link>
        )}
      </footer>
    </>
  );
}

const titles = { queued: 'Waiting', running: 'Running', done: 'Done', failed: 'Failed', cancelled: 'Cancelled' };

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-2 text-[12px] font-semibold text-ink-3">{title}</h3>
      {children}
    </section>
  );
}

/** What a node made, how large, and where it computed: `latent 48 × 5 × 4 × 4 · denoiser on cpu`. */
function factsOfNode(node: Found['nodes'][number] | undefined): string {
  if (!node) return '';
  const sizes = Object.values(node.outputs).map(({ kind, facts, file }) => {
    const { channels, frames, count, height, width } = facts;
    const sides = [channels, frames ?? count, height, width].filter((side) => typeof side === 'number');
    return `${file ? file.name : kind}${sides.length ? ` ${sides.join(' × ')}` : ''}${file ? `, ${sayBytes(file.bytes)}` : ''}`;
  });
  return [...new Set(sizes), node.about.where].filter(Boolean).join(' · ');
}

function MadeWithPart({ record }: { record: NonNullable<Found['record']> }) {
  const { skein, onnxruntime, ffmpeg, node, device, models } = record;
  const rows = [
    ['Versions', [`Skein ${skein}`, `onnxruntime ${onnxruntime}`, ffmpeg && `ffmpeg ${ffmpeg}`, `Node.js ${node}`]],
    ['Device', [device.key, device.says]],
    ...Object.values(models).map(({ title, digest }) => ['Model', [title, digest.slice(0, 16)]] as const),
  ] as const;
  return (
    <Part title="What it was made with">
      <dl className="grid grid-cols-[6rem_1fr] gap-x-3 gap-y-1 text-[12px]">
        {rows.map(([name, words]) => (
          <Fragment key={`${name} ${words[0]}`}>
            <dt className="text-ink-3">{name}</dt>
            <dd className="figures min-w-0 break-words text-ink-2">{words.filter(Boolean).join(' · ')}</dd>
          </Fragment>
        ))}
      </dl>
    </Part>
  );
}

function Line({ bar, whole, says }: { bar: Bar; whole: number; says: readonly (string | undefined)[] }) {
  const percent = (seconds: number) => `${(100 * seconds) / whole}%`;
  return (
    <li className="grid grid-cols-[8rem_1fr_4rem] items-center gap-x-3 text-[12px]">
      <span className="truncate">{bar.title}</span>
      <span className="relative h-4 min-w-0 rounded bg-field">
        <span
          data-kind={kindOfNode(bar.type)}
          className={`absolute inset-y-0 min-w-[3px] rounded ${bar.state === 'failed' ? 'bg-bad' : 'bg-[var(--kind,var(--ink-3))]'}`}
          style={{ left: `min(${percent(bar.from)}, calc(100% - 3px))`, width: percent(bar.seconds), maxWidth: '100%' }}
        />
      </span>
      <span className="figures text-right text-ink-2">{saySeconds(bar.seconds)}</span>
      <span className="col-start-2 col-end-4 text-[11px] leading-snug text-ink-3">
        {says.map(
          (one) =>
            one && (
              <span key={one} className="block">
                {one}
              </span>
            ),
        )}
      </span>
    </li>
  );
}

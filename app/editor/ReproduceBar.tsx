'use client';
import { useQuery } from '@tanstack/react-query';
import { History, RefreshCw, X } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { flatten } from '../../nodes/flatten';
import { type Graph, order } from '../../nodes/graph';
import { diffGraphs } from '../../nodes/graph-diff';
import {
  type Difference,
  differences,
  digestsOf,
  isSame,
  sayVerdict,
  type Verdict,
  verdict,
} from '../../nodes/made-with';
import { api } from '../api-client';
import { said } from '../said';
import { useEditor } from './EditorContext';
import { titleOf } from './state/card-title';
import { type Expected, forgetExpected, recallExpected } from './state/expected';

/** A graph that was opened out of a result: what is different here from where that was made, and afterwards whether it came out the same. */
export function ReproduceBar({ graphId }: { graphId: string }) {
  const [expected, expect] = useState<Expected | null>(() => recallExpected(graphId));
  if (!expected) return null;
  const close = () => {
    forgetExpected(graphId);
    expect(null);
  };
  return (
    <section
      aria-label="Made again"
      className="floating absolute bottom-4 left-3 z-20 flex max-h-[46vh] w-[310px] max-w-[calc(100vw-24px)] animate-rise flex-col gap-2 rounded-2xl p-4 max-[1080px]:bottom-[84px]"
    >
      <h2 className="flex items-center gap-2 pr-7 text-[13px] font-semibold">
        <History size={15} className="flex-none text-accent-text" aria-hidden />
        <span className="truncate">{expected.from}</span>
      </h2>
      <Whole expected={expected} graphId={graphId} />
      <button type="button" className="icon-button !absolute top-2 right-2" aria-label="Close" onClick={close}>
        <X size={15} />
      </button>
    </section>
  );
}

function Whole({ expected, graphId }: { expected: Expected; graphId: string }) {
  const root = useEditor((state) => state.root);
  const run = useEditor((state) => state.whole.run);
  const { data: first } = useQuery({
    queryKey: ['graph', graphId, 1],
    queryFn: () => api.graphs.get.query({ id: graphId, version: 1 }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { data: here } = useQuery({
    queryKey: ['makes-with', graphId],
    queryFn: () => api.system.makesWith.query({ graph: root }),
  });
  if (!here || !first) return null;
  const found = differences(expected.with, here);
  if (diffGraphs(first.graph, root).length)
    return <p className="text-[12.5px] text-ink-2">You have changed this graph, so it will make something else.</p>;
  const outputs = Object.fromEntries(Object.entries(run.nodes).map(([id, node]) => [id, node.outputs]));
  const judged =
    run.status === 'done' &&
    verdict({
      ...{ expected: expected.results, file: expected.file, found: digestsOf(outputs, true) },
      order: order(flatten(root).graph) ?? [],
    });
  return (
    <>
      {judged ? <Judged judged={judged} root={root} /> : <Before count={found.length} />}
      {judged && run.ran === 0 && <FromCache graph={root} graphId={graphId} />}
      {found.length > 0 && (
        <ul className="flex min-h-0 flex-col gap-1.5 overflow-y-auto text-[12px] leading-snug">
          {found.map(({ says, weight }) => (
            <li key={says} className="flex gap-2">
              <span
                className={`mt-[5px] size-2 flex-none rounded-full ${tones[weight]}`}
                data-hint={meanings[weight]}
              />
              <span className="min-w-0 break-words text-ink-2">{says}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const tones: Record<Difference['weight'], string> = { result: 'bg-bad', rounding: 'bg-accent', file: 'bg-ink-3' };
const meanings: Record<Difference['weight'], string> = {
  result: 'The result will be another, or there will be none',
  rounding: 'The result may differ in its last bits',
  file: 'Only the bytes of the file may differ',
};

const Before = ({ count }: { count: number }) => (
  <p className="text-[12.5px] text-ink-2" data-testid="reproduce">
    {count === 0
      ? 'All here is as it was when this was made: weights, device, versions. Run makes it again, and says whether it is the same.'
      : `${count === 1 ? 'One thing is' : `${count} things are`} different here from where this was made. Run makes it again, and says whether it is the same.`}
  </p>
);

/** Equal because it is the same file: that says nothing yet. */
function FromCache({ graph, graphId }: { graph: Graph; graphId: string }) {
  const again = async () => {
    try {
      await api.runs.start.mutate({ graph, graphId, fresh: true });
    } catch (error) {
      toast.error('This cannot run yet', { description: said(error) });
    }
  };
  return (
    <div className="flex items-center gap-3 text-[12px] text-ink-2">
      <p className="min-w-0 flex-1">It all came from the cache, so nothing was computed.</p>
      <button type="button" className="text-button flex-none" onClick={again}>
        <RefreshCw size={13} /> Make it anew
      </button>
    </div>
  );
}

function Judged({ judged, root }: { judged: Verdict; root: Graph }) {
  const name = (id: string) => {
    const node = flatten(root).graph.nodes.find((one) => one.id === id);
    return node ? titleOf(node, root) : id;
  };
  return (
    <p
      className={`text-[12.5px] font-medium ${isSame(judged) ? 'text-good' : judged.is === 'other' ? 'text-bad' : 'text-ink-2'}`}
      data-testid="reproduce"
      aria-live="polite"
    >
      {sayVerdict(judged, name)}
    </p>
  );
}

'use client';
import { useQuery } from '@tanstack/react-query';
import { GitFork } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import type { Preview, StepSeen } from '../../nodes/events';
import { registry } from '../../nodes/registry';
import { api } from '../api-client';
import { useEditor, useEditorStore } from './EditorContext';
import { branchFrom } from './state/branch';
import { titleOf } from './state/card-title';
import { useShowCard } from './use-fit';

/** What a denoiser has to show: the clip as it takes shape, and afterwards every kept step of its way. */
export function Denoising({ node }: { node: string }) {
  // Before anything is known of its work there is nothing to ask for: a large graph opens with many of these.
  const hasSteps = useEditor(({ byId, plan, run }) => {
    const isDenoiser = Boolean(registry[byId.get(node)?.type ?? '']?.pausedAt);
    return isDenoiser && (plan[node] !== undefined || run.nodes[node] !== undefined);
  });
  return hasSteps ? <Steps node={node} /> : <Live node={node} />;
}

/** What a component has to show of the denoiser inside it. */
function Live({ node }: { node: string }) {
  const preview = useEditor((state) => state.run.nodes[node]?.preview);
  return preview ? <Strip preview={preview} /> : null;
}

function Steps({ node }: { node: string }) {
  const live = useEditor((state) => state.run.nodes[node]?.preview);
  const isRunning = useEditor((state) => state.run.status === 'running' && state.run.nodes[node]?.state === 'running');
  const steps = useSteps(node);
  const past = usePast(node, !live && steps?.length === 0);
  const preview = live ?? past;
  if (isRunning || !steps?.length) return preview ? <Strip preview={preview} /> : null;
  return <StepScrubber node={node} steps={steps} fallback={live} />;
}

/** Kept steps of what this card would make now, in order, the finished clip among them. Undefined while that is not known. */
function useSteps(node: string): StepSeen[] | undefined {
  const print = useEditor((state) => {
    const { whole, fingerprint } = state.plan[node] ?? {};
    return whole ?? fingerprint;
  });
  const pause = useEditor((state) => Number(state.byId.get(node)?.params['pause'] ?? Number.POSITIVE_INFINITY));
  // Asked again when a run has done something about it.
  const run = useEditor(({ run: { run, nodes } }) =>
    nodes[node] && nodes[node].state !== 'running' ? run : undefined,
  );
  const { data } = useQuery({
    queryKey: ['steps', print, run],
    queryFn: () => api.runs.steps.query({ fingerprint: print ?? '' }),
    enabled: print !== undefined,
  });
  const all = data && [...data.kept, ...(data.last ? [data.last] : [])];
  return all?.filter(({ step }) => step <= pause);
}

/** How the clip of the last run looked, when the card would make another now. */
function usePast(node: string, isWanted: boolean): Preview | undefined {
  const print = useEditor((state) => state.run.nodes[node]?.fingerprint);
  const { data } = useQuery({
    queryKey: ['steps', print, 'past'],
    queryFn: () => api.runs.steps.query({ fingerprint: print ?? '' }),
    enabled: isWanted && print !== undefined,
  });
  return isWanted ? data?.last?.preview : undefined;
}

function StepScrubber({ node, steps, fallback }: { node: string; steps: readonly StepSeen[]; fallback?: Preview }) {
  const [chosen, choose] = useState<number | null>(null);
  const branch = useBranch(node);
  const last = steps.length - 1;
  const at = Math.min(chosen ?? last, last);
  const seen = steps[at]!; // never empty, and `at` is within
  const isEnd = seen.step === seen.of;
  const preview = seen.preview ?? (isEnd ? fallback : undefined);
  const says = isEnd ? `All ${seen.of} steps` : `Step ${seen.step} of ${seen.of}`;
  return (
    <div className="nodrag" data-testid="steps">
      {preview && <Strip preview={preview} label={isEnd ? 'The finished clip' : `The clip after step ${seen.step}`} />}
      {steps.some(({ step, of }) => step < of) && (
        <div className="mx-3 mb-3 flex items-center gap-2 text-[11px]">
          <input
            type="range"
            min={0}
            max={last}
            step={1}
            value={at}
            aria-label="Step"
            aria-valuetext={says}
            data-hint="Every kept step of the way, from noise to clip"
            className="slide nopan h-4 min-w-0 flex-1 cursor-pointer"
            style={{ ['--share' as string]: last ? at / last : 1 }}
            onChange={(event) => choose(event.target.valueAsNumber)}
          />
          <span className="figures w-[104px] flex-none text-right leading-tight text-ink-2">
            {says}
            <span className="block text-ink-3">{isEnd ? 'no noise left' : `noise σ ${seen.sigma.toFixed(3)}`}</span>
          </span>
          <button
            type="button"
            aria-label="Branch from here"
            data-hint={
              isEnd
                ? 'Choose a step before the last one to branch from it'
                : 'Branch: go on from this step with other settings'
            }
            disabled={isEnd}
            className="flex size-7 flex-none items-center justify-center rounded-lg bg-field text-ink-2 hover:bg-field-hover hover:text-ink disabled:opacity-40"
            onClick={() => branch(seen.step)}
          >
            <GitFork size={14} />
          </button>
        </div>
      )}
    </div>
  );
}

/** Puts a branch on the canvas, below all that is there, and leads to it. */
function useBranch(node: string): (step: number) => void {
  const store = useEditorStore();
  const show = useShowCard();
  return (step) => {
    const { cards, graph, edit } = store.getState();
    const bottom = Math.max(...cards.map(({ position, measured }) => position.y + (measured?.height ?? 0)));
    const made = branchFrom(graph, { node, step, bottom });
    edit(() => made.graph);
    // Its card is measured once it has been drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => show(made.branch)));
    const name = store.getState().byId.get(made.branch);
    toast(`“${name ? titleOf(name, store.getState().graph) : 'The branch'}” goes on from there`, {
      description: `Change what you like on it and press Run. The first ${step} steps are kept.`,
    });
  };
}

/** The foreseen clip, tile after tile, drawn large and soft: a dozen latent pixels are a hint, not a picture. */
function Strip({ preview, label = 'The clip so far' }: { preview: Preview; label?: string }) {
  const seconds = Math.max(0.6, preview.frames / 5);
  return (
    <div className="mx-3 mb-3 overflow-hidden rounded-lg bg-field" data-testid="preview">
      <div
        role="img"
        aria-label={label}
        className="strip w-full"
        data-tiles={preview.frames}
        style={{
          aspectRatio: `${preview.width} / ${preview.height}`,
          backgroundImage: `url("${preview.url}")`,
          ['--tiles' as string]: preview.frames,
          ['--strip-time' as string]: `${seconds}s`,
        }}
      />
    </div>
  );
}

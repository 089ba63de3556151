import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readGraph } from '../nodes/graph';
import { openWorkshop } from '../server/worker/executor-workshop';

const root = path.resolve(import.meta.dirname, '..');

/**
 * The default clip: the text-to-video template with Gosling, on the CPU. `cold` opens the models too, `warm` is another
 * seed right after. `preview` is the time from the start of the run to the first preview; `step` one denoising step
 * with guidance (two calls of the network). Seconds.
 */
export async function measure() {
  const dataFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-bench-'));
  const workshop = await openWorkshop({ dataFolder, modelFolders: [path.join(root, 'models')], device: 'cpu' });
  try {
    const clip = async (seed: number) => {
      const { graph } = readGraph(fs.readFileSync(path.join(root, 'graphs/text-to-video.json'), 'utf8'));
      if (!graph) throw new Error('The template cannot be read.');
      const nodes = graph.nodes.map((node) =>
        node.type === 'noise-seed' ? { ...node, params: { ...node.params, seed } } : node,
      );
      const began = performance.now();
      const since = () => Math.round(performance.now() - began) / 1000;
      const seconds: Record<string, number> = {};
      let preview: number | undefined;
      const outcome = await workshop.run(
        { graph: { ...graph, nodes } },
        {
          signal: new AbortController().signal,
          emit(event) {
            if (event.type === 'node.progress' && event.preview) preview ??= since();
            if (event.type === 'node.done') seconds[event.node] = Math.round(event.seconds * 1000) / 1000;
          },
        },
      );
      if (outcome.state !== 'done') throw new Error(`The run ended ${outcome.state}: ${outcome.failures[0]?.says}`);
      const steps = Number(nodes.find((node) => node.type === 'denoiser')?.params.steps);
      return { total: since(), preview, step: Math.round((1e4 * seconds.denoiser!) / steps) / 1e4, nodes: seconds };
    };
    return { cold: await clip(1), warm: await clip(2) };
  } finally {
    await workshop.close();
    fs.rmSync(dataFolder, { recursive: true, force: true });
  }
}

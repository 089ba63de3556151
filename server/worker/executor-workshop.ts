import type { RunHappening } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';
import type { Models, ModelValue } from '../../nodes/values';
import { openDesk } from '../engine/desk';
import { execute, type Outcome } from '../engine/execute';
import { sentence } from '../engine/failures';
import { type Plan, plan } from '../engine/plan';
import { knownCardMemory } from '../inference/card-memory';
import { cardsOf, scanModels } from '../inference/catalog';
import { chooseDevice } from '../inference/devices';
import { OpenModels } from '../inference/door';
import { modelsOf } from '../inference/models-of-graph';
import { openMedia } from '../media/door';
import { findFfmpeg } from '../media/ffmpeg';
import { madeHere } from '../media/made-here';
import { type FileCache, openCache } from '../store/blobs-cache';
import { openMachine } from './machine';
import type { DeviceReport, ExecutorSetup } from './protocol';
import { openResults } from './results';

export interface Work {
  graph: Graph;
  targets?: readonly string[];
  fresh?: boolean;
  attempt?: number;
}

/** Everything a graph needs to run, opened once and kept warm: the same for the executor and the command line. */
export interface Workshop {
  device: DeviceReport;
  cache: FileCache;
  /** Looks at the model folders again, and waits until the files of these models (else of all) were read once. */
  models(wanted?: ReadonlySet<string>): Promise<Models>;
  plan(work: Work): Promise<Plan>;
  /**
   * Runs a graph to its end and emits every event. Never rejects: a fault of ours fails the run too. Runs may overlap: they
   * take turns at the device, in the order in which they came, and make nothing twice.
   */
  run(work: Work, watch: { emit(event: RunHappening): void; signal: AbortSignal }): Promise<Outcome>;
  close(): Promise<void>;
}

export async function openWorkshop(setup: ExecutorSetup): Promise<Workshop> {
  const cache = openCache(setup.dataFolder);
  const places = { modelFolders: setup.modelFolders, dataFolder: setup.dataFolder };
  const [catalog, { device, says }, card] = await Promise.all([
    scanModels(places, { wanted: new Set() }),
    chooseDevice(setup.device),
    knownCardMemory(),
  ]);
  // Asking ffmpeg what it can do takes a fifth of a second, which the first run need not wait for.
  void findFfmpeg();
  const open = new OpenModels({ catalog, device, dataFolder: setup.dataFolder });
  const desk = openDesk();
  const report: DeviceReport = {
    ...{ provider: device.name, key: `${device.name}/fp32`, says },
    ...(card === undefined ? {} : { card }),
  };

  const models = async (wanted?: ReadonlySet<string>) => {
    const latest = await scanModels(places, wanted && { wanted });
    open.update(latest);
    return cardsOf(latest);
  };
  const planned = ({ graph, targets, fresh }: Work, cards: Models) =>
    plan(graph, { models: cards, device: report.key, cache, targets, fresh });

  return {
    device: report,
    cache,
    models,
    plan: async (work) => planned(work, await models(modelsOf(work.graph))),
    async run(work, { emit, signal }) {
      const end = cache.beginRun();
      try {
        const { graph } = work;
        const cards = await models(modelsOf(graph));
        const record = await madeHere(graph, { models: cards, device: report });
        const results = openResults(graph);
        const parts = { placeOf: (ref: ModelValue) => open.placeOf(ref), checkpoints: cache.checkpoints };
        return await execute(planned(work, cards), {
          cache,
          machine: (job) => {
            // What was measured of the device varies: the same film is to have the same bytes.
            const plain = { ...record, device: { ...record.device, says: '' } };
            const made = () => ({ with: plain, results: results.before(job.node) });
            const media = openMedia({ blobs: cache.files, graph, made, signal });
            return openMachine({ models: open, media, ...parts, checkpointEvery: setup.checkpointEvery }, job);
          },
          desk,
          emit(event) {
            results.hear(event);
            emit(event);
            if (event.type === 'run.started') emit({ type: 'run.record', record });
          },
          signal,
          attempt: work.attempt,
        });
      } catch (error) {
        const says = `Skein itself has failed: ${sentence(error)} Please report it, with the log.`;
        console.error(error);
        emit({ type: 'run.failed', says });
        return { state: 'failed', seconds: 0, ran: 0, reused: 0, outputs: new Map(), failures: [{ says }] };
      } finally {
        end();
      }
    },
    close: () => open.release(),
  };
}

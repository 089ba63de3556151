import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StepSeen } from '../../nodes/events';
import type { Machine, MediaDoor, ModelDoor, StepState } from '../../nodes/machine';
import type { ModelValue } from '../../nodes/values';
import type { MachineJob, OpenMachine } from '../engine/execute';
import { Cancelled } from '../engine/failures';
import { torchNoise } from '../inference/noise';
import { sha256 } from '../inference/sha256';
import type { Checkpoints } from '../store/blobs-checkpoints';
import { isDiskFull } from '../store/blobs-errors';
import { previewOf } from './preview';

export interface MachineParts {
  models: ModelDoor;
  /** Where a part of a model computes, in a few words. */
  placeOf?(ref: ModelValue): Promise<string>;
  media: MediaDoor;
  checkpoints: Checkpoints;
  /** A checkpoint at most this often, in milliseconds: a killed run loses one step, or a second of short ones. */
  checkpointEvery?: number;
}

const previewEvery = 250;
/** Seconds below which opening a model is not worth a word: it was open. */
const worthTelling = 0.01;
/** How long a node may go on before messages (a cancel) are let in, in milliseconds. */
const turnEvery = 10;

/** The real machine, for one execution of one node. */
export function openMachine(
  { models, placeOf, media, checkpoints, checkpointEvery = 1000 }: MachineParts,
  job: MachineJob,
): OpenMachine {
  const { signal, fingerprint } = job;
  let saved = performance.now();
  let shown = Number.NEGATIVE_INFINITY;
  let turned = performance.now();
  const places = new Set<string>();
  /** Seconds that opening parts of models took. */
  let opening = 0;
  /** What could be seen of the last step. */
  let seen: StepSeen | undefined;
  /** The last finished step, while it is only in memory. */
  let unsaved: { index: number; state: StepState } | null = null;

  const letMessagesIn = async () => {
    if (performance.now() - turned > turnEvery) {
      await nextTurn();
      turned = performance.now();
    }
    if (signal.aborted) throw new Cancelled();
  };

  const save = async () => {
    if (!unsaved) return;
    const { index, state } = unsaved;
    unsaved = null;
    saved = performance.now();
    await checkpoints.save(fingerprint, index, state).catch((error: unknown) => {
      // Without a checkpoint a kill costs the steps so far; failing the run for it would cost them now.
      if (!isDiskFull(error)) throw error;
    });
  };

  /** At most a few per second, but the finished clip always: what stays on the card is the end, not the middle. */
  const preview = async ({ index, of, preview: latent, model, ...at }: Parameters<Machine['step']>[0]) => {
    const isWanted = index + 1 >= of || (at.keep && !at.isSpare);
    if (!latent || (!isWanted && performance.now() - shown < previewEvery)) return undefined;
    shown = performance.now();
    return (await previewOf(latent, model?.preview)) ?? undefined;
  };

  const ctx: Machine = {
    signal,
    models: noted(models, async (ref, seconds) => {
      opening += seconds;
      const place = await placeOf?.(ref);
      if (place) places.add(place);
    }),
    media,
    noise: torchNoise,
    sha256,

    async progress(done, of) {
      job.tell({ done, of });
      await letMessagesIn();
    },

    async step(at) {
      const { index, of, state } = at;
      const isLast = index + 1 >= of;
      // A cancel may come in the middle of the next step, and must find this one as it was: nobody writes into its arrays.
      unsaved = isLast ? null : { index, state };
      if (performance.now() - saved >= checkpointEvery) await save();
      const picture = await preview(at);
      job.tell({ done: index + 1, of, preview: picture });
      seen = { step: index + 1, of, sigma: at.sigma ?? 0, ...(picture ? { preview: picture } : {}) };
      if (at.keep && (picture || !at.isSpare)) await job.keep(seen, at.keep);
      await nextTurn();
      turned = performance.now();
      if (signal.aborted) throw new Cancelled();
    },

    resume: async () => (job.fresh ? null : checkpoints.load(fingerprint)),
  };
  // After a cancel or a failure the work so far is kept, for the next try.
  const about = () => ({
    ...(places.size ? { where: [...places].join(', ') } : {}),
    ...(opening >= worthTelling ? { opening } : {}),
    memory: process.resourceUsage().maxRSS * 1024,
  });
  return { ctx, close: save, about, seen: () => seen };
}

/** The door to models, with every part that was opened noted down: what is told afterwards is what happened. */
function noted(models: ModelDoor, note: (ref: ModelValue, seconds: number) => Promise<void>): ModelDoor {
  const after = async <T>(open: (ref: ModelValue) => Promise<T>, ref: ModelValue): Promise<T> => {
    const begun = performance.now();
    const part = await open(ref);
    await note(ref, (performance.now() - begun) / 1000);
    return part;
  };
  return {
    reference: (model, part) => models.reference(model, part),
    card: (ref) => models.card(ref),
    lora: (id) => models.lora(id),
    textEncoder: (ref) => after((one) => models.textEncoder(one), ref),
    denoiser: (ref) => after((one) => models.denoiser(one), ref),
    vae: (ref) => after((one) => models.vae(one), ref),
  };
}

import type { MadeWith } from './made-with';
import type { Facts, Kind } from './values';

/** What is told about an output once it is there: its kind, its size in facts, and for files how to get them. */
export interface OutputSummary {
  kind: Kind;
  facts: Facts;
  /** SHA-256 of latents, encoded text and frames as the cache stores them. */
  digest?: string;
  /** Files only: content digest, MIME type and suggested name. `asset` is the id to fetch it by, once stored. */
  file?: { sha256: string; mime: string; bytes: number; name: string; asset?: string };
}

/** A small moving picture of the clip as now foreseen: `frames` tiles of `width` x `height`, side by side, in one image. */
export interface Preview {
  /** `data:image/...;base64,...` */
  url: string;
  width: number;
  height: number;
  frames: number;
}

/** What could be seen after a denoising step, kept beside the latent it left. */
export interface StepSeen {
  /** So many steps were done, of so many. */
  step: number;
  of: number;
  /** How noisy the latent still is. */
  sigma: number;
  preview?: Preview;
}

/** What is told of a node that has run, beside its outputs. */
export interface NodeAbout {
  /** Which parts of models were used, and where they computed: `denoiser on cpu`. */
  where?: string;
  /** Seconds of its time that went into opening models. */
  opening?: number;
  /** The most memory its process has held so far, in bytes. */
  memory?: number;
}

/** Everything that can happen to a run, complete. Only state changes are stored; progress is the latest per node. */
export type RunHappening =
  | { type: 'run.queued' }
  | { type: 'run.started'; attempt: number }
  /** What this attempt computes with. */
  | { type: 'run.record'; record: MadeWith }
  | { type: 'node.reused'; node: string; fingerprint?: string; outputs: Record<string, OutputSummary> }
  | { type: 'node.started'; node: string; fingerprint?: string; resumedAt?: number }
  | { type: 'node.progress'; node: string; done: number; of: number; preview?: Preview }
  | ({ type: 'node.done'; node: string; seconds: number; outputs: Record<string, OutputSummary> } & NodeAbout)
  | { type: 'node.failed'; node: string; says: string; detail?: string }
  | { type: 'run.done'; seconds: number; ran: number; reused: number }
  | { type: 'run.failed'; says: string; node?: string }
  | { type: 'run.cancelled' };

/** A happening with its place: `seq` grows by one per stored event of the installation; progress repeats the last. */
export type RunEvent = RunHappening & { run: string; graph?: string; seq: number; at: number };

/** Why a node will or will not run, before Run is pressed. */
export interface NodePlan {
  /** `off`: muted, bypassed, or in need of a muted one. */
  state: 'cached' | 'will-run' | 'blocked' | 'unused' | 'off';
  /** Why it cannot run on this machine now, where nothing is wrong with the graph: for lack of memory. */
  says?: string;
  fingerprint?: string;
  /** Of a node that pauses on its way: the fingerprint it would have if it went to the end. */
  whole?: string;
  /** Seconds this node took the last time it ran with the same type and size, when known. */
  seconds?: number;
  /** A killed run left a checkpoint: so many steps are already done. */
  resumesAt?: number;
  /** What a cached node has to show: its files, with the ids to fetch them by, and its measures. */
  outputs?: Record<string, OutputSummary>;
}

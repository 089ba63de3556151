import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import malloc from '../../server/worker/malloc.json';

/** What a peer says of one piece of work: opening a model, or running it once. */
export interface Done {
  seconds: number;
  /** CPU time of all its threads. */
  coreSeconds: number;
  /** Highest private and resident memory while it worked, in MB, beyond what the process had before it opened anything. */
  privateMegabytes: number;
  residentMegabytes: number;
  /** Σ|x| of what it computed: equal work has equal sums. Absent for opening. */
  sum?: number;
}

export interface Work {
  /** Which part of a model is run. */
  part: 'denoiser' | 'vae' | 'text-encoder';
  /** A folder with `config.json` and weights. */
  folder: string;
  /** [channels, frames, height, width] of the latent; how many tokens of text. */
  latent?: readonly number[];
  tokens?: number;
  /** The denoiser in eight bits; its weights are kept in the folder. */
  isFast?: boolean;
}

const here = import.meta.dirname;

/**
 * A process that opens one model and runs it when it is told to, so that several can take turns on one machine. Its
 * lines are JSON: one when the model is open, then one for each `run`.
 */
export class Peer {
  private readonly lines: AsyncIterator<string>;
  private complaint = '';

  private constructor(
    readonly name: string,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    child.stderr.on('data', (chunk: Buffer) => {
      this.complaint = (this.complaint + chunk.toString()).slice(-2000);
    });
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Skein's own networks. */
  static skein(work: Work): Peer {
    const args = ['--import', 'tsx', join(here, 'skein-peer.ts'), JSON.stringify(work)];
    return new Peer(
      work.isFast ? 'skein fast' : 'skein',
      spawn(process.execPath, args, { env: { ...process.env, ...malloc } }),
    );
  }

  /** diffusers' and transformers' own, by the interpreter that SKEIN_PYTHON names. */
  static torch(work: Work, dtype: 'float32' | 'bfloat16'): Peer {
    const args = [join(here, 'torch_peer.py'), JSON.stringify({ ...work, dtype })];
    return new Peer(`torch ${dtype}`, spawn(python(), args, { env: process.env }));
  }

  /** What opening took. Throws with what the process said last when it died. */
  async opened(): Promise<Done> {
    return this.answer();
  }

  async run(): Promise<Done> {
    this.child.stdin.write('run\n');
    return this.answer();
  }

  async close(): Promise<void> {
    this.child.stdin.end();
    this.child.kill();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await new Promise((resolve) => this.child.once('close', resolve));
    }
  }

  private async answer(): Promise<Done> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`The peer "${this.name}" ended. ${this.complaint.trim()}`);
      // Both peers print nothing else that begins so.
      if (value.startsWith('{')) return JSON.parse(value) as Done;
    }
  }
}

const python = (): string => process.env['SKEIN_PYTHON'] ?? 'python3';

/** Why there is nothing to compare with, as a sentence; null when PyTorch and what it needs are there. */
export async function lackOfPeers(): Promise<string | null> {
  const child = spawn(python(), ['-c', 'import torch, diffusers, transformers']);
  const code = await new Promise((resolve) => child.once('close', resolve).once('error', () => resolve(-1)));
  if (code === 0) return null;
  return `${python()} has no torch, diffusers and transformers to compare with. Name an interpreter that has in SKEIN_PYTHON.`;
}

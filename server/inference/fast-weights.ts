import { mkdir, open, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Checkpoint } from './checkpoint';
import { type FastNote, fastFolder, fastFormat, makeRoom, notePath, readNote, touch, weightsName } from './fast-places';
import { quantise } from './int8';
import { largestInt8 } from './int8-reach';
import type { Int8Weight } from './onnx/int8';
import { openSafetensors, readTensor, type StoredTensor } from './safetensors';
import type { Dtype } from './safetensors-header';
import { safetensorsHead } from './safetensors-write';

/** A network that is to compute in eight bits. */
export interface FastNetwork {
  /** Its folder in the model, e.g. `transformer`. */
  name: string;
  /** What people call it. */
  part: 'denoiser' | 'text encoder';
  /** As it was published: LoRAs come on top. */
  checkpoint: Checkpoint;
  /** Whether a tensor is one of the matrices that are multiplied by at every step. All others stay exact. */
  isFast(tensor: string): boolean;
  by: Int8Weight['by'];
  /** What it answers to fixed inputs with this checkpoint; opens and closes the network. */
  sample(checkpoint: Checkpoint): Promise<Float32Array>;
}

/** Where the weights of a part in eight bits are kept. */
export interface FastHome {
  dataFolder: string;
  /** Of the part: other files, other weights. */
  digest: string;
}

const scalesOf = (name: string): string => `${name}.scales`;

/**
 * The checkpoint with the matrices of its blocks in eight bits beside the exact ones. They are made from it the first time,
 * which takes about a second for 100 million weights, and lie in the data folder from then on; how far its answers are then
 * from the exact ones is measured once, too. Safe against being killed: a file has its name when it is whole.
 * Throws a sentence when the disk is too small.
 */
export async function fastCheckpoint(home: FastHome, network: FastNetwork): Promise<Checkpoint> {
  const { checkpoint, name } = network;
  const top = await largestInt8();
  const folder = fastFolder(home.dataFolder, home.digest);
  const path = `${folder}/${weightsName(name, top)}`;
  const known = await readNote(path);
  if (!known) {
    await makeRoom(home.dataFolder, sizeOf(network), folder);
    await writeWeights(path, network, top);
  }
  const fast = await beside(checkpoint, network, path);
  if (known) await touch(path);
  else await writeNote(path, { top, error: await errorOf(network, fast) });
  return fast;
}

const matricesOf = ({ checkpoint, isFast }: FastNetwork): [string, StoredTensor][] =>
  [...checkpoint.tensors].filter(([name]) => isFast(name));

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const sizeOf = (network: FastNetwork): number =>
  matricesOf(network).reduce((sum, [, { shape }]) => sum + elements(shape) + 4 * (shape[0] ?? 0), 0);

let serial = 0;

/** Whoever looks meanwhile sees the old file, or none, or the new one. */
async function replace(path: string, write: (part: string) => Promise<void>): Promise<void> {
  const part = `${path}.${process.pid}-${serial++}.tmp`;
  try {
    await write(part);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function writeWeights(path: string, network: FastNetwork, top: number): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const needed = sizeOf(network);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed * 1.1) {
    throw new Error(
      `The fast mode keeps a copy of the ${network.part} in eight bits, ${(needed / 1e9).toFixed(1)} GB, in ${folder}, and ${((bavail * bsize) / 1e9).toFixed(1)} GB are free there. Free some space, or choose exact precision.`,
    );
  }
  const matrices = matricesOf(network);
  const head: Record<string, { dtype: Dtype; shape: readonly number[] }> = {};
  for (const [name, { shape }] of matrices) {
    const out = shape[0] ?? 0;
    head[name] = { dtype: 'I8', shape: [elements(shape) / out, out] };
    head[scalesOf(name)] = { dtype: 'F32', shape: [out] };
  }
  await replace(path, async (part) => {
    const file = await open(part, 'wx');
    try {
      await file.writeFile(safetensorsHead(head, { format: String(fastFormat), top: String(top) }));
      for (const [, stored] of matrices) {
        const { values, scales } = quantise(await readScaled(stored), stored.shape[0] ?? 0, top);
        await file.writeFile(new Uint8Array(values.buffer));
        await file.writeFile(new Uint8Array(scales.buffer));
      }
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** A matrix as it is meant: fp8 files have scales beside it, one for the whole or one for each row. */
async function readScaled(stored: StoredTensor): Promise<Float32Array> {
  const data = await readTensor(stored);
  if (!stored.scale) return data;
  const scales = await readTensor(stored.scale);
  const width = data.length / scales.length;
  for (let i = 0; i < data.length; i++) data[i] = data[i]! * scales[Math.floor(i / width)]!;
  return data;
}

async function beside(checkpoint: Checkpoint, network: FastNetwork, path: string): Promise<Checkpoint> {
  const made = await openSafetensors(path);
  const tensors = new Map(checkpoint.tensors);
  for (const [name, stored] of matricesOf(network)) {
    const [values, scales] = [made.tensors.get(name), made.tensors.get(scalesOf(name))];
    if (!values || !scales) throw new Error(`${path}: "${name}" is missing. Delete this file: Skein makes it anew.`);
    tensors.set(name, { ...stored, int8: { values, scales, by: network.by } });
  }
  return new Checkpoint(checkpoint.folder, tensors, checkpoint.files, checkpoint.paths);
}

async function errorOf(network: FastNetwork, fast: Checkpoint): Promise<number> {
  const exact = await network.sample(network.checkpoint);
  const rounded = await network.sample(fast);
  let [off, all] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    off += (rounded[i]! - exact[i]!) ** 2;
    all += exact[i]! ** 2;
  }
  const error = all > 0 ? Math.sqrt(off / all) : 0;
  if (Number.isFinite(error)) return error;
  throw new Error(
    `${network.checkpoint.folder}: what this network answers in eight bits are no numbers. Choose exact precision for it.`,
  );
}

async function writeNote(path: string, about: Pick<FastNote, 'top' | 'error'>): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  const note: FastNote = { format: fastFormat, ...about, bytes: size, changed: mtimeMs };
  await replace(notePath(path), (part) => writeFile(part, `${JSON.stringify(note)}\n`));
}

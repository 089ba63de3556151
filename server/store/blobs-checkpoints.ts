import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { StepState } from '../../nodes/machine';
import { decodeSafetensors } from '../inference/safetensors';
import { headerLength, parseHeader } from '../inference/safetensors-header';
import { safetensorsParts } from '../inference/safetensors-write';
import { numbersFrom, numbersText } from './blobs-numbers';

/** Checkpoints nobody came back for are removed after so many milliseconds: a week. */
const life = 7 * 24 * 3600e3;

/**
 * What a killed run leaves behind of a node that goes step by step: one safetensors file per fingerprint, replaced by
 * rename, so that at any moment it is the whole of one step. Its digest is inside; one that does not fit is ignored.
 */
export function openCheckpoints(folder: string) {
  const file = (fingerprint: string) => path.join(folder, `${fingerprint}.safetensors`);

  /** Index of the last finished step, from the header alone; null when there is none. */
  const peek = (fingerprint: string): number | null => {
    let handle: number;
    if (!fs.existsSync(file(fingerprint))) return null;
    try {
      handle = fs.openSync(file(fingerprint), 'r');
    } catch {
      return null;
    }
    try {
      const { size } = fs.fstatSync(handle);
      const first = Buffer.alloc(8);
      fs.readSync(handle, first, 0, 8, 0);
      const json = Buffer.alloc(headerLength(first, size, 'checkpoint'));
      fs.readSync(handle, json, 0, json.length, 8);
      const index = Number(parseHeader(json, size - 8 - json.length, 'checkpoint').metadata.index);
      return Number.isInteger(index) ? index : null;
    } catch {
      return null;
    } finally {
      fs.closeSync(handle);
    }
  };

  /** Replaces the last one, whole or not at all. Throws when the disk is full. */
  const save = async (fingerprint: string, index: number, state: StepState): Promise<void> => {
    fs.mkdirSync(folder, { recursive: true });
    const making = `${file(fingerprint)}.${randomUUID()}.tmp`;
    const numbers = numbersText(state.numbers);
    const tensors = Object.fromEntries(
      Object.entries(state.arrays).map(([name, data]) => [name, { data, shape: [data.length] }]),
    );
    const metadata = { index: String(index), numbers, sha256: digestOf(index, numbers, state.arrays) };
    try {
      const handle = await fs.promises.open(making, 'wx');
      try {
        for (const part of safetensorsParts(tensors, metadata)) await handle.appendFile(part);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await fs.promises.rename(making, file(fingerprint));
    } catch (error) {
      await fs.promises.rm(making, { force: true });
      throw error;
    }
  };

  /** The state after the last finished step, bit for bit; null when there is none or it is damaged. */
  const load = async (fingerprint: string): Promise<{ index: number; state: StepState } | null> => {
    try {
      const { tensors, metadata } = decodeSafetensors(await fs.promises.readFile(file(fingerprint)), 'checkpoint');
      const arrays = Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));
      const index = Number(metadata.index);
      if (metadata.sha256 !== digestOf(index, metadata.numbers ?? '', arrays)) return null;
      return { index, state: { arrays, numbers: numbersFrom(metadata.numbers ?? '[]') } };
    } catch {
      return null;
    }
  };

  const remove = (fingerprint: string) => {
    if (fs.existsSync(file(fingerprint))) fs.rmSync(file(fingerprint), { force: true });
  };

  /** Removes what is older than a week. */
  const sweep = (): void => {
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
      const whole = path.join(folder, name);
      const modified = fs.lstatSync(whole, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - modified > life) fs.rmSync(whole, { force: true });
    }
  };

  return { peek, save, load, remove, sweep };
}

export type Checkpoints = ReturnType<typeof openCheckpoints>;

function digestOf(index: number, numbers: string, arrays: Record<string, Float32Array>): string {
  const hash = createHash('sha256').update(`${index} ${numbers}`);
  for (const [name, data] of Object.entries(arrays)) {
    hash.update(`\n${name} ${data.length}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

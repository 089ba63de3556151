import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { knownCardMemory } from './card-memory';
import type { OnnxModel } from './onnx/model';
import { probeFeeds, probeGraph, probeOutputs } from './probe';
import { operatorsOnCpu, readProfiles } from './profile';
import { cpu, type Device, Session } from './session';
import { measureSpeed } from './speed';
import { tryApart } from './try-apart';

/** What became of one device when it was tried. */
export interface Trial {
  name: Device['name'];
  /** Absent when it cannot be used. */
  device?: Device;
  /** How fast it multiplies matrices, in GFLOP/s. */
  gflops?: number;
  /** Operators that ran on the CPU although the device was asked for. */
  fellBack?: string[];
  /** Why it cannot be used, or must compute attention in parts. */
  says?: string;
}

/** Fast ones first; which of them works is found out, not looked up. */
const candidates: readonly Device['name'][] = ['cuda', 'webgpu', 'coreml', 'dml', 'cpu'];
/** Largest relative difference from the CPU that passes for rounding; a wrong kernel is off by 0.1 and more. */
const tolerance = 2e-3;

/**
 * Tries devices with a small network made of every operator that ours use, compares with the CPU, and measures. A
 * provider that loads but computes attention wrongly (some integrated GPUs do) gets attention in parts, or is refused.
 */
export async function tryDevices(names: readonly Device['name'][] = candidates): Promise<Trial[]> {
  // Attention in parts is made of plain matrix products: what every fused kernel is held against, the CPU's own too.
  const graphOf = rememberedGraphs();
  const reference = await runProbe({ ...cpu, attention: 'unfused' }, graphOf);
  const trials: Trial[] = [];
  for (const name of names) trials.push(await tryDevice(name, { reference: reference.outputs, graphOf }));
  return trials;
}

/**
 * The device to use. `asked` is `auto` (the fastest that works) or a name; a named one that does not work is an error
 * that says why. The trial runs in a process of its own: a driver that crashes or prints takes nobody along.
 */
export async function chooseDevice(asked: string): Promise<{ device: Device; trials: Trial[]; says: string }> {
  if (asked !== 'auto' && !isName(asked)) {
    throw new Error(`There is no device called "${asked}". Choose auto, ${candidates.join(', ')}.`);
  }
  if (asked === 'cpu') return { device: cpu, trials: [{ name: 'cpu', device: cpu }], says: 'Computing on cpu.' };
  const [found, memory] = await Promise.all([tryApart(asked === 'auto' ? candidates : [asked]), knownCardMemory()]);
  const trials = found.map((trial) => withMemory(trial, memory));
  const best = trials.filter((trial) => trial.device).sort((a, b) => (b.gflops ?? 0) - (a.gflops ?? 0))[0];
  if (!best?.device) {
    throw new Error(`The device ${asked} cannot be used: ${trials[0]?.says ?? 'it was not found'} Choose auto or cpu.`);
  }
  return { device: best.device, trials, says: sentence(best, trials) };
}

const withMemory = (trial: Trial, memory: number | undefined): Trial =>
  trial.device && trial.name !== 'cpu' && memory !== undefined
    ? { ...trial, device: { ...trial.device, memory } }
    : trial;

function sentence(best: Trial, trials: readonly Trial[]): string {
  const refused = trials.filter((trial) => !trial.device).map((trial) => trial.name);
  const slower = trials.filter((trial) => trial.device && trial !== best).map((trial) => trial.name);
  return [
    `Computing on ${best.name}${best.gflops ? ` at ${Math.round(best.gflops)} GFLOP/s` : ''}.`,
    ...(best.device?.memory ? [`The graphics card has ${(best.device.memory / 1e9).toFixed(1)} GB.`] : []),
    ...(best.says ? [best.says] : []),
    ...(best.fellBack?.length ? [`${best.fellBack.join(', ')} run on the CPU.`] : []),
    ...(slower.length ? [`Also works but slower: ${slower.join(', ')}.`] : []),
    ...(refused.length ? [`Tried and not available: ${refused.join(', ')}.`] : []),
  ].join(' ');
}

type GraphOf = (device: Device) => OnnxModel;

/** Most devices are given the same graph; writing its numbers takes longer than most refusals. */
function rememberedGraphs(): GraphOf {
  const made = new Map<string, OnnxModel>();
  return (device) => {
    const key = `${device.name === 'cpu'} ${device.attention}`;
    const graph = made.get(key) ?? probeGraph(device);
    made.set(key, graph);
    return graph;
  };
}

async function tryDevice(
  name: Device['name'],
  { reference, graphOf }: { reference: ProbeRun['outputs']; graphOf: GraphOf },
): Promise<Trial> {
  let says: string | undefined;
  for (const attention of ['fused', 'unfused'] as const) {
    const device: Device = { name, attention };
    try {
      const { outputs, fellBack } = await runProbe(device, graphOf);
      const off = Math.max(...probeOutputs.map((output) => difference(outputs[output], reference[output])));
      if (off <= tolerance)
        return { name, device, gflops: await measureSpeed(device), fellBack, ...(says ? { says } : {}) };
      says = `Its fused attention is wrong (off by ${off.toPrecision(2)}), so attention is computed in parts.`;
      if (attention === 'unfused') return { name, says: `It computes wrongly (off by ${off.toPrecision(2)}).` };
    } catch (error) {
      return { name, says: error instanceof Error ? error.message : String(error) };
    }
  }
  return { name, ...(says ? { says } : {}) };
}

interface ProbeRun {
  outputs: Record<(typeof probeOutputs)[number], Float32Array>;
  fellBack: string[];
}

async function runProbe(device: Device, graphOf: GraphOf): Promise<ProbeRun> {
  const profiles = await mkdtemp(join(tmpdir(), 'skein-probe-'));
  try {
    const options = { device: { ...device, profiles }, weights: 'resident' } as const;
    const session = await Session.open(`Self-test on ${device.name}`, graphOf(device), options);
    let results: Awaited<ReturnType<typeof session.run<(typeof probeOutputs)[number]>>>;
    try {
      results = await session.run(probeFeeds(), probeOutputs);
    } finally {
      await session.release();
    }
    const outputs = { attention: results.attention.data, block: results.block.data };
    return { outputs, fellBack: device.name === 'cpu' ? [] : operatorsOnCpu(await readProfiles(profiles)) };
  } finally {
    await rm(profiles, { recursive: true, force: true });
  }
}

function difference(found: Float32Array, reference: Float32Array): number {
  let [worst, top] = [0, 0];
  for (let i = 0; i < reference.length; i++) {
    const off = Math.abs(found[i]! - reference[i]!);
    worst = Number.isNaN(off) ? Infinity : Math.max(worst, off);
    top = Math.max(top, Math.abs(reference[i]!));
  }
  return worst / top;
}

const isName = (name: string): name is Device['name'] => candidates.some((candidate) => candidate === name);

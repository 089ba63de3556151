import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import type { DeviceName } from '../../nodes/values';
import { isStrength } from './onnx/deltas';
import type { OnnxModel } from './onnx/model';

// What goes wrong is thrown; ONNX Runtime need not also print it.
ort.env.logLevel = 'fatal';

/** A place that computes. Found by trying (`devices.ts`), never by a list. */
export interface Device {
  name: DeviceName;
  /** Whether the fused attention operator passed its self-test there. */
  attention: 'fused' | 'unfused';
  /** Bytes of its own memory, of a graphics card that could be asked. */
  memory?: number;
  /** Refuse graphs of which the CPU would have to run a part in the device's place. */
  strict?: boolean;
  /** A folder where each session leaves a profile of what it ran when it is released; see profile.ts. */
  profiles?: string;
}
export const cpu: Device = { name: 'cpu', attention: 'fused' };

export type Holding = 'mapped' | 'packed' | 'resident';

/** Numbers that go into or come out of a session. */
export interface Tensor {
  data: Float32Array | BigInt64Array;
  shape: readonly number[];
}
export interface FloatTensor extends Tensor {
  data: Float32Array;
}

export interface SessionOptions {
  device?: Device;
  /**
   * `mapped` leaves weights in the file: opening is instant, private memory stays small, half-precision weights are widened
   * just before use and none are packed. `packed` is that with packed copies of those that are used as they lie in the file:
   * as much memory again, and fp32 is a fifth faster, eight bits a third. `resident` widens and packs all once: for small models.
   */
  weights?: Holding;
}

/** A graph that is ready to run. Runs block the event loop of this process: it belongs into an executor. */
export class Session {
  private constructor(
    private readonly inner: ort.InferenceSession,
    readonly name: string,
    private readonly isProfiled: boolean,
  ) {}

  /** Throws when the graph or its weights cannot be loaded; the message is ONNX Runtime's, with the graph's name before it. */
  static async open(name: string, model: OnnxModel, options: SessionOptions = {}): Promise<Session> {
    try {
      const inner = await ort.InferenceSession.create(model.bytes, settings(model, options));
      return new Session(inner, name, options.device?.profiles !== undefined);
    } catch (error) {
      throw new Error(`${name}: ONNX Runtime could not open this part. ${reason(error)}`, { cause: error });
    }
  }

  /**
   * Runs the graph; returns the named outputs, all fp32. Further outputs are written into the tensors given for them in
   * `into`: memory that is used again and again leaves no garbage behind.
   */
  async run<Name extends string>(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly Name[],
    into: Readonly<Record<string, FloatTensor>> = {},
  ): Promise<Record<Name, FloatTensor>> {
    const wanted = ([name]: [string, Tensor]) => !isStrength(name) || this.inner.inputNames.includes(name);
    const given = Object.fromEntries(
      Object.entries(feeds)
        .filter(wanted)
        .map(([name, tensor]) => [name, toOrt(tensor)]),
    );
    const fetches: Record<string, ort.Tensor | null> = Object.fromEntries(outputs.map((name) => [name, null]));
    for (const [name, tensor] of Object.entries(into)) fetches[name] = toOrt(tensor);
    let results: ort.InferenceSession.ReturnType;
    try {
      results = await this.inner.run(given, fetches);
    } catch (error) {
      const shapes = Object.entries(feeds).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
      throw new Error(`${this.name} failed on ${shapes.join(', ')}. ${reason(error)}`, { cause: error });
    }
    const named: Partial<Record<Name, FloatTensor>> = {};
    for (const name of outputs) {
      const { data, dims } = results[name]!;
      if (!(data instanceof Float32Array)) throw new Error(`${this.name}: the output "${name}" is not fp32.`);
      named[name] = { data, shape: dims };
    }
    // Complete: the loop above filled every name.
    return named as Record<Name, FloatTensor>;
  }

  async release(): Promise<void> {
    if (this.isProfiled) this.inner.endProfiling();
    await this.inner.release();
  }
}

const toOrt = ({ data, shape }: Tensor): ort.Tensor =>
  data instanceof Float32Array
    ? new ort.Tensor('float32', data, [...shape])
    : new ort.Tensor('int64', data, [...shape]);

const reason = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return /alloc|memory/i.test(text)
    ? `There was not enough memory: try a smaller size or fewer frames. (${text})`
    : `(${text})`;
};

/** int64 numbers as a tensor: shapes, indices, positions. */
export const integers = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor => ({
  data: BigInt64Array.from(values, BigInt),
  shape,
});

let serial = 0;

/**
 * The settings that keep weights mapped on the CPU: the checkpoint's folder for external data, no arena, neither folding
 * nor fusing of the Casts (each would hold an fp32 copy of everything), and no packing (another copy of what is fp32). On a GPU folding stays on, since bf16
 * Casts would otherwise run on the CPU in every pass.
 */
function settings(model: OnnxModel, options: SessionOptions): ort.InferenceSession.SessionOptions {
  const { device = cpu, weights = 'mapped' } = options;
  const isMapped = device.name === 'cpu' && weights !== 'resident';
  return {
    executionProviders: [device.name],
    intraOpNumThreads: threads(),
    interOpNumThreads: 1,
    enableCpuMemArena: !isMapped,
    logSeverityLevel: 4,
    ...(device.profiles ? { enableProfiling: true, profileFilePrefix: join(device.profiles, `${serial++}`) } : {}),
    extra: {
      // Threads that wait by spinning double the CPU time of a run as soon as anything else wants the cores.
      'session.intra_op.allow_spinning': '0',
      ...(device.strict && device.name !== 'cpu' ? { 'session.disable_cpu_ep_fallback': '1' } : {}),
      ...(model.folder === undefined ? {} : { 'session.model_external_initializers_file_folder_path': model.folder }),
      ...(isMapped
        ? {
            'optimization.disable_specified_optimizers': 'ConstantFolding;FuseFp16InitializerToFp32NodeTransformer',
          }
        : {}),
      ...(weights === 'mapped' && isMapped ? { 'session.disable_prepacking': '1' } : {}),
    },
  };
}

/** Threads per session: SKEIN_THREADS, or every core this process may use. */
function threads(): number {
  const asked = Number(process.env['SKEIN_THREADS']);
  return Number.isInteger(asked) && asked > 0 ? asked : availableParallelism();
}

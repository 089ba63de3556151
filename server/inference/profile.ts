import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** One operator of a graph at work, as ONNX Runtime's own profile tells it. */
export interface Kernel {
  operator: string;
  /** `CPUExecutionProvider`, `WebGpuExecutionProvider` ... */
  provider: string;
  /** Shapes; weights that were packed beforehand are missing. */
  inputs: number[][];
  outputs: number[][];
}

// Each is an object of one entry, the element's type: { "float": [64, 128] }.
const shapes = z.array(z.record(z.string(), z.array(z.number())));
const events = z.array(
  z.looseObject({
    cat: z.string().optional(),
    name: z.string().optional(),
    args: z
      .looseObject({
        provider: z.string().optional(),
        op_name: z.string().optional(),
        input_type_shape: shapes.optional(),
        output_type_shape: shapes.optional(),
      })
      .optional(),
  }),
);

/** Reads the profiles that sessions left in a folder: every run of every operator. */
export async function readProfiles(folder: string): Promise<Kernel[]> {
  const kernels: Kernel[] = [];
  for (const file of await readdir(folder)) {
    const read = events.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
    for (const { cat, name, args } of read) {
      if (cat !== 'Node' || !name?.endsWith('_kernel_time') || !args?.provider || !args.op_name) continue;
      kernels.push({
        operator: args.op_name,
        provider: args.provider,
        inputs: shapesOf(args.input_type_shape),
        outputs: shapesOf(args.output_type_shape),
      });
    }
  }
  return kernels;
}

const shapesOf = (all: z.output<typeof shapes> = []): number[][] => all.map((one) => Object.values(one)[0] ?? []);

/** Operators that ran on the CPU, by name. */
export function operatorsOnCpu(kernels: readonly Kernel[]): string[] {
  const found = kernels.filter(({ provider }) => provider === 'CPUExecutionProvider');
  return [...new Set(found.map(({ operator }) => operator))].sort();
}

const product = (shape: readonly number[] = []): number => shape.reduce((total, size) => total * size, 1);

/**
 * What matrix products, convolutions and attention compute, in 10⁹ operations, multiply-adds counted as two; all else is
 * small beside them and not counted.
 */
export function gflopOf(kernels: readonly Kernel[]): number {
  return kernels.reduce((sum, kernel) => sum + flop(kernel), 0) / 1e9;
}

function flop({ operator, inputs: [first = [], second = [], third = []], outputs: [out] }: Kernel): number {
  // Rows by columns, each the sum over the width of the first input.
  if (/Gemm|MatMul/.test(operator)) return 2 * product(out) * (first.at(-1) ?? 1);
  if (/Conv/.test(operator)) {
    const [channels = 1, ...kernel] = second;
    return 2 * product(out) * (channels && product(kernel));
  }
  // Scores, then values mixed by them: queries by keys, each the width of a head, over all heads.
  if (operator === 'MultiHeadAttention') return 4 * product(first) * (third.at(-2) ?? second.at(-2) ?? 0);
  return 0;
}

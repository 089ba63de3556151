import { z } from 'zod';

/**
 * A sweep: one graph, run once for every combination of some values. The document says what is varied and what is left
 * out; `sweep-cells.ts` makes ordinary graphs of it. Pure: the editor, the API and the command line all use it.
 */
export const axesAllowed = 4;

/** So many cells a sweep may have unless whoever runs it says otherwise: hours of work begin with a slip of the hand. */
export const cellsAllowed = 256;

/** Values of one axis in a document. What a range or a number of seeds stands for is counted, never stored. */
const longest = 2000;
const text = z.string().max(200_000);

export const axisValues = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('list'), values: z.array(z.json()).max(longest) }),
  /** `to` is reached when a step falls on it. */
  z.object({ kind: z.literal('range'), from: z.number(), to: z.number(), step: z.number() }),
  z.object({ kind: z.literal('seeds'), from: z.int().min(0), count: z.int().min(1).max(longest) }),
  /** One value a line; empty lines are none. */
  z.object({ kind: z.literal('prompts'), text }),
  z.object({ kind: z.literal('models'), ids: z.array(z.string().max(200)).max(longest) }),
  /** As prompts, with `{name}` for the value of the axis of that name. */
  z.object({ kind: z.literal('template'), text }),
]);

const place = z.string().min(1).max(64);
/** A node, also one inside components: `component/inner`. */
const nodePlace = z.string().min(1).max(1000);
export const sweepAxis = z.object({
  /** What it is called: on labels, in skips, and between braces in templates. */
  name: z
    .string()
    .trim()
    .min(1)
    .max(40)
    .regex(/^[^{}=|]*$/, 'a name has no braces, bars or equals signs'),
  /** The param it sets, or the unconnected input it feeds. Absent: it fills `{name}` wherever the graph has such words. */
  at: z.union([z.object({ node: nodePlace, param: place }), z.object({ node: nodePlace, port: place })]).optional(),
  values: axisValues,
});

export const sweepSchema = z.object({
  format: z.literal('skein-sweep').default('skein-sweep'),
  version: z.literal(1).default(1),
  axes: z.array(sweepAxis).max(axesAllowed),
  /**
   * Cells to leave out: those whose value is listed, on every axis the rule names. A cell left out by hand is a rule that
   * names all axes. By value, not by place: adding a value elsewhere moves no hole.
   */
  skips: z
    .array(z.record(z.string(), z.array(z.json())))
    .max(2000)
    .default([]),
});

export type Sweep = z.output<typeof sweepSchema>;
export type SweepAxis = z.output<typeof sweepAxis>;
export type AxisValues = z.output<typeof axisValues>;
export type AxisValue = z.output<ReturnType<typeof z.json>>;

/** Something about a sweep that the user can mend. `axis` is its name; `cell` the number of a cell. */
export interface SweepProblem {
  axis?: string;
  cell?: number;
  says: string;
}

export const emptySweep = (): Sweep => ({ format: 'skein-sweep', version: 1, axes: [], skips: [] });

/** Reads a sweep from anything; a sentence when it is none. */
export function readSweep(
  source: unknown,
): { sweep: Sweep; problem?: undefined } | { sweep?: undefined; problem: string } {
  const parsed = sweepSchema.safeParse(source);
  if (parsed.success) return { sweep: parsed.data };
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') || 'the document';
  return {
    problem: `This is not a sweep: ${where}: ${issue?.message ?? 'unreadable'}. Correct it, or lay the sweep out anew.`,
  };
}

import { z } from 'zod';
import type { AnyNode } from '../../../nodes/define';

/** Settings of one type of node under a name, as they go into a file. */
export interface NamedSettings {
  type: string;
  version: number;
  name: string;
  params: Record<string, unknown>;
}

const fileSchema = z.object({
  format: z.literal('skein-presets'),
  version: z.literal(1),
  presets: z
    .array(
      z.object({
        type: z.string().min(1).max(64),
        version: z.int().min(1),
        name: z.string().trim().min(1).max(80),
        params: z.record(z.string(), z.unknown()),
      }),
    )
    .min(1)
    .max(500),
});

/** Presets as JSON text, to be kept or given away. */
export function presetFile(presets: readonly NamedSettings[]): string {
  const list = presets.map(({ type, version, name, params }) => ({ type, version, name, params }));
  return `${JSON.stringify({ format: 'skein-presets', version: 1, presets: list }, null, 2)}\n`;
}

/** Reads what `presetFile` wrote. */
export function readPresetFile(
  text: string,
): { presets: NamedSettings[]; problem?: undefined } | { presets?: undefined; problem: string } {
  try {
    const read = fileSchema.safeParse(JSON.parse(text));
    if (read.success) return { presets: read.data.presets };
    const issue = read.error.issues[0];
    const where = issue?.path.join('.') || 'the document';
    return { problem: `This is no file of presets: ${where}: ${issue?.message}. Choose one that Skein saved.` };
  } catch {
    return { problem: 'This is no file of presets: it is not valid JSON. Choose one that Skein saved.' };
  }
}

/** The settings of a preset that the node knows and allows; the names of the others. */
export function applicable(definition: AnyNode, params: Readonly<Record<string, unknown>>) {
  const fits: Record<string, unknown> = {};
  const left: string[] = [];
  for (const [name, value] of Object.entries(params)) {
    const field: unknown = Object.hasOwn(definition.params.shape, name) ? definition.params.shape[name] : undefined;
    const parsed = field instanceof z.ZodType ? field.safeParse(value) : undefined;
    if (parsed?.success) fits[name] = parsed.data;
    else left.push(name);
  }
  return { fits, left };
}

import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { samplerNamed, scheduleNamed } from '../../../../nodes/denoise/sampler-names';

/** Parses one of a model's JSON files; `what` it should fit, e.g. `a Wan model`. Throws a sentence that names the file and the field. */
export async function readConfig<S extends z.ZodType>(
  path: string,
  schema: S,
  what = 'a model of this family',
): Promise<z.output<S>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const says = isMissing ? 'this file is missing' : 'this is not a JSON file';
    throw new Error(`${path}: ${says}. Download the model folder again.`);
  }
  return parseConfig(path, schema, { value, what });
}

/** The same for what was read off a single file at `path`. */
export function parseConfig<S extends z.ZodType>(
  path: string,
  schema: S,
  about: { value: unknown; what: string },
): z.output<S> {
  const parsed = schema.safeParse(about.value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const given: unknown =
    typeof about.value === 'object' && about.value !== null ? Reflect.get(about.value, '_class_name') : undefined;
  if (issue.code === 'invalid_value' && issue.path.join() === '_class_name' && typeof given === 'string') {
    throw new Error(
      `${path}: this is ${given}, and ${about.what} has ${issue.values.join(' or ')} here. Use a checkpoint that has it.`,
    );
  }
  throw new Error(
    `${path}: the field "${issue.path.join('.')}" does not fit ${about.what} (${issue.message}). Use a checkpoint of that family in the diffusers layout.`,
  );
}

/** `scheduler/scheduler_config.json`, as far as a default can be read from it. */
export const schedulerFacts = z.object({
  _class_name: z.string(),
  flow_shift: z.number().positive().nullish(),
  shift: z.number().positive().nullish(),
  algorithm_type: z.string().nullish(),
  solver_type: z.string().nullish(),
  solver_order: z.number().nullish(),
  skip_prk_steps: z.boolean().nullish(),
  use_karras_sigmas: z.boolean().nullish(),
  use_exponential_sigmas: z.boolean().nullish(),
  use_beta_sigmas: z.boolean().nullish(),
});

/** Which sampler a diffusers scheduler is; `otherwise` for those we do not have. */
export function samplerOf(
  scheduler: Pick<z.output<typeof schedulerFacts>, '_class_name'> & Partial<z.output<typeof schedulerFacts>>,
  otherwise: string,
): string {
  const { algorithm_type, solver_type, solver_order } = scheduler;
  const found = samplerNamed(scheduler._class_name)?.sampler ?? otherwise;
  if (found === 'pndm' && scheduler.skip_prk_steps) return 'plms';
  if (found !== 'dpmpp-2m') return found;
  if (algorithm_type === 'dpmsolver') return 'dpm-solver-2m';
  if (!algorithm_type?.startsWith('sde')) return solver_order === 3 ? 'dpmpp-3m' : found;
  if (solver_order === 3) return 'dpmpp-3m-sde';
  return solver_type === 'heun' ? 'dpmpp-2m-sde-heun' : 'dpmpp-2m-sde';
}

/** Which schedule it goes by. Only the flow-match schedulers space by these names between the ends of their own list. */
export function scheduleOf(scheduler: z.output<typeof schedulerFacts>): string {
  if (!scheduler._class_name.startsWith('FlowMatch')) return 'flow';
  const names = ['use_karras_sigmas', 'use_exponential_sigmas', 'use_beta_sigmas'] as const;
  const asked = names.find((name) => scheduler[name]);
  return (asked && scheduleNamed(asked)) ?? 'flow';
}

/** Throws when two parts that meet disagree in a size. */
export function mustFit(folder: string, sides: Record<string, number>, what: string): void {
  const [[one, a], [other, b]] = Object.entries(sides) as [[string, number], [string, number]]; // two keys are given
  if (a !== b) {
    throw new Error(
      `${folder}: the ${what} of ${one} (${a}) and ${other} (${b}) differ, so its parts do not belong together. Download the folder again.`,
    );
  }
}

/** The files of a folder's tokenizer that its results depend on. */
export async function tokenizerFiles(folder: string): Promise<string[]> {
  const at = (name: string) => join(folder, 'tokenizer', name);
  const present: string[] = [];
  for (const name of ['tokenizer.json', 'spiece.model', 'tokenizer_config.json']) {
    if (await exists(at(name))) present.push(at(name));
  }
  const json = at('tokenizer.json');
  if (present.includes(json)) return present.filter((file) => file !== at('spiece.model'));
  if (present.includes(at('spiece.model'))) return present;
  throw new Error(`${json}: this file is missing, and spiece.model too. Download the model's tokenizer folder.`);
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

import path from 'node:path';
import { parseArgs } from 'node:util';
import { samplers } from '../../nodes/denoise/samplers/registry';

export const usage = `npm run quality -- [options]

  --prompts n      so many of the 200 fixed prompts (default 200)
  --seeds n        clips for each prompt (default 2)
  --steps n        sampling steps      each defaults to the model's own; with --sweep,
  --guidance x     guidance            a list with commas: all combinations are measured
  --sampler name   sampler
  --sweep          print the curve over settings instead of the gates (default 16 prompts, 1 seed)
  --fast           the denoiser in eight bits
  --text           only what the prompts are judged by: no pairs, occlusion, image-to-video, seams, round trip, time
  --sizes          print how good other sizes and lengths are instead of the gates (default 30 prompts)
  --model folder   measure another model folder (default models/gosling)
  --sheet file     write a contact sheet of the first 16 samples, unpicked, as PNG
  --json           print one JSON object instead of tables`;

const root = path.resolve(import.meta.dirname, '../..');

/** What was asked on the command line. Throws a sentence with a remedy. */
export function readOptions(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      prompts: text,
      seeds: text,
      steps: text,
      guidance: text,
      sampler: text,
      model: text,
      sheet: text,
      sweep: flag,
      fast: flag,
      sizes: flag,
      text: flag,
      json: flag,
      help: flag,
    },
  });
  const { sweep, sizes } = values;
  const numbers = (name: 'steps' | 'guidance' | 'prompts' | 'seeds', { from, to }: { from: number; to: number }) =>
    values[name]?.split(',').map((word) => {
      const value = Number(word);
      if (!word.trim() || !(value >= from && value <= to) || (name !== 'guidance' && !Number.isInteger(value)))
        throw new Error(`--${name} ${values[name]}: "${word}" will not do. Give a number from ${from} to ${to}.`);
      return value;
    });
  const chosen = values.sampler?.split(',');
  for (const name of chosen ?? [])
    if (!Object.hasOwn(samplers, name))
      throw new Error(`There is no sampler "${name}". There are: ${Object.keys(samplers).join(', ')}.`);
  const lists = {
    samplers: chosen,
    steps: numbers('steps', { from: 1, to: 1000 }),
    guidance: numbers('guidance', { from: 0, to: 30 }),
  };
  if (!sweep && Object.values(lists).some((list) => (list?.length ?? 0) > 1))
    throw new Error('Several settings can be compared with --sweep only. Add it, or give one of each.');
  return {
    ...values,
    ...lists,
    prompts: numbers('prompts', { from: 1, to: 200 })?.[0] ?? (sweep ? 16 : sizes ? 30 : 200),
    seeds: numbers('seeds', { from: 1, to: 100 })?.[0] ?? (sweep ? 1 : 2),
    modelFolder: path.resolve(values.model ?? path.join(root, 'models/gosling')),
    isDefaultModel: values.model === undefined,
  };
}

import { samplers } from '../denoise/samplers/registry';
import type { Sampler, Schedule } from '../denoise/sampling';
import { schedules } from '../denoise/schedules/registry';

/** ComfyUI's name for a sampler, as Skein calls it; undefined when there is no such sampler. */
export const samplerNamed = (name: string) => named(name, samplers);
export const scheduleNamed = (name: string) => named(name, schedules);

function named(name: string, all: Readonly<Record<string, Sampler | Schedule>>): string | undefined {
  const plain = name.replaceAll('_', '-');
  const entries = Object.entries(all);
  const byAlias = entries.find(([, { aliases = [] }]) => aliases.includes(name) || aliases.includes(plain));
  return byAlias?.[0] ?? entries.find(([key]) => key === plain)?.[0];
}

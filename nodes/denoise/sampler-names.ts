import { samplers } from './samplers/registry';
import type { Sampler } from './sampling';
import { schedules } from './schedules/registry';

/** A sampler as another program names it. */
export interface NamedSampler {
  sampler: keyof typeof samplers;
  /** ComfyUI has CFG++ as samplers of their own. */
  cfgpp: boolean;
}

/** Spelling does not matter where it need not: `DPM++ SDE`, `dpm++ sde` and `dpmpp_sde` are found alike. */
const plain = (name: string) =>
  name
    .toLowerCase()
    .replaceAll('++', 'pp')
    .replace(/[^a-z0-9]/g, '');

const entries = Object.entries(samplers) as [keyof typeof samplers, Sampler][];
/** Names as other programs write them come before our own, which come before what is only spelled alike. */
const byName = new Map<string, keyof typeof samplers>();
for (const spell of [(name: string) => name, plain])
  for (const names of [({ aliases = [] }: Sampler) => aliases, ({ name, title }: Sampler) => [name, title]])
    for (const [key, sampler] of entries)
      for (const name of names(sampler)) if (!byName.has(spell(name))) byName.set(spell(name), key);

const find = (name: string) => byName.get(name) ?? byName.get(plain(name));

/**
 * The sampler that ComfyUI, A1111 or diffusers call so: `dpmpp_2m_sde_gpu`, `euler_cfg_pp`, `DPM++ 2M`,
 * `UniPCMultistepScheduler`. Null for names nobody knows.
 */
export function samplerNamed(name: string): NamedSampler | null {
  // Where noise was drawn is no matter of the sampler.
  const short = name.replace(/_gpu$/, '');
  const exact = find(short);
  if (exact) return { sampler: exact, cfgpp: false };
  const sampler = find(short.replace(/[ _]?cfg[ _]?(\+\+|pp)$/i, ''));
  return sampler && samplers[sampler] && 'cfgpp' in samplers[sampler] ? { sampler, cfgpp: true } : null;
}

/** The schedule that other programs call so, or null. */
export function scheduleNamed(name: string): keyof typeof schedules | null {
  for (const schedule of Object.values(schedules))
    if ([schedule.name, schedule.title, ...(schedule.aliases ?? [])].some((one) => plain(one) === plain(name)))
      return schedule.name as keyof typeof schedules; // a schedule is registered under its name
  return null;
}

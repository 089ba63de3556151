import { costPerStep } from '../nodes/denoise/cost';
import { guidances } from '../nodes/denoise/guidance/registry';
import { samplers } from '../nodes/denoise/samplers/registry';
import { type Sampler, type Schedule, samplerGroups } from '../nodes/denoise/sampling';
import { schedules } from '../nodes/denoise/schedules/registry';

export interface Choice {
  value: string;
  title: string;
  says?: string;
  /** The shelf it stands on. */
  group?: string;
  /** Its place on the shelf. */
  place?: number;
  /** What taking it costs, in a few words. */
  cost?: string;
  /** What else it is called. */
  names?: readonly string[];
}

/** Options that are files of their own have a title and a sentence; others are called as they are written. */
const known: Readonly<Record<string, Omit<Choice, 'value'>>> = {
  ...describeSamplers(),
  ...Object.fromEntries(Object.values<Schedule>(schedules).map((one) => [one.name, { ...one, names: one.aliases }])),
  ...guidances,
};

/** An option as it is offered: with its title, and what is said of it. */
export const described = (option: unknown): Choice => ({
  value: String(option),
  ...(Object.hasOwn(known, String(option)) ? known[String(option)]! : { title: String(option) }),
});

function describeSamplers(): Record<string, Omit<Choice, 'value'>> {
  return Object.fromEntries(
    Object.values<Sampler>(samplers).map((sampler) => {
      const { name, title, says, group, place, aliases } = sampler;
      return [name, { title, says, place, group: samplerGroups[group], cost: costPerStep(sampler), names: aliases }];
    }),
  );
}

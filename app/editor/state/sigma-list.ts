import { listFor } from '../../../nodes/denoise/list';
import { processOf } from '../../../nodes/denoise/process-of';
import { samplers } from '../../../nodes/denoise/samplers/registry';
import type { Sampler, Schedule } from '../../../nodes/denoise/sampling';
import { schedules } from '../../../nodes/denoise/schedules/registry';
import type { ModelCard } from '../../../nodes/values';

/** Numbers people can read: sigmas are fp32, and a thousandth of their seventh digit shows nowhere. */
const short = (sigma: number) => Number(sigma.toPrecision(4));

/** The list with one point moved, kept between its neighbours: a schedule falls. */
export function moveSigma(sigmas: readonly number[], index: number, to: number): number[] {
  const above = sigmas[index - 1] ?? Number.POSITIVE_INFINITY;
  const below = sigmas[index + 1] ?? Number.NEGATIVE_INFINITY;
  const gap = 1e-3 * Math.max(...sigmas, 1e-3);
  const free = Math.min(above - gap, Math.max(below + gap, to));
  return sigmas.map((sigma, i) => (i === index ? short(Math.max(0, free)) : sigma));
}

/** A list of the same shape with another number of steps: points on the straight lines between those there were. */
export function withSteps(sigmas: readonly number[], steps: number): number[] {
  const last = sigmas.length - 1;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const place = (i / steps) * last;
    const low = Math.min(last, Math.floor(place));
    const share = place - low;
    return short((1 - share) * sigmas[low]! + share * (sigmas[Math.min(last, low + 1)] ?? 0));
  });
}

/** Numbers out of what was written, with commas, spaces or brackets between; null when there are fewer than two. */
export function readSigmas(text: string): number[] | null {
  const found = text.match(/[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/gi)?.map(Number) ?? [];
  return found.length > 1 && found.every(Number.isFinite) ? found : null;
}

/** The sigmas that a node with these settings goes by, or null when its settings say nothing of the kind. */
export function sigmasShown(params: Readonly<Record<string, unknown>>, card: ModelCard): Float32Array | null {
  const { sampler: samplerName, schedule: scheduleName, steps, strength, shift, startStep, endStep } = params;
  if (typeof steps !== 'number' || typeof strength !== 'number') return null;
  const sampler: Sampler | undefined = samplers[samplerName as keyof typeof samplers]; // or undefined, if it is no name
  const schedule: Schedule | undefined = schedules[scheduleName as keyof typeof schedules];
  if (!sampler || !schedule) return null;
  const process = processOf(card, typeof shift === 'number' ? shift : card.defaults.shift);
  const { sigmas } = listFor({
    params: {
      steps,
      strength,
      startStep: typeof startStep === 'number' ? startStep : 0,
      endStep: typeof endStep === 'number' ? endStep : null,
      leftover: params.leftover === true,
    },
    sampler,
    schedule,
    process,
    own: card.spacing,
    given: undefined,
  });
  return sigmas.length > 1 ? sigmas : null;
}

import { guidances } from './guidance/registry';
import type { Guidance, GuidanceLink, Strengths } from './guiding';

/** A link of the chain, with the method it names. */
export type Link = GuidanceLink & { guidance: Guidance };

/** What methods do unless told otherwise: the papers' own numbers, or those that change least. */
export const usualStrengths: Strengths = {
  zeroSteps: 1,
  along: 0,
  momentum: -0.5,
  longest: 15,
  second: 1,
  rescale: 0.7,
};

/**
 * Which links are at work in this part of the steps: one that leads, the last of them, and those after it that change the
 * result. `scale`, when given, stands in for that of every link that leads: the second of two networks has its own.
 */
export function linksAtWork(
  chain: readonly GuidanceLink[],
  about: { part: number; scale: number | null; cfgpp: boolean },
): { lead: Link | undefined; after: Link[] } {
  const { part, scale, cfgpp } = about;
  const active = chain
    .filter(({ start, end }) => part >= start && part < end)
    .map((link): Link => {
      const guidance = methodOf(link.method);
      return { ...link, ...(scale === null || !guidance.lead ? {} : { scale }), guidance };
    });
  const rests = ({ guidance, scale, lastScale }: Link) =>
    guidance.restsAtOne && !cfgpp && scale === 1 && (lastScale ?? 1) === 1;
  const at = active.findLastIndex((link) => link.guidance.lead && !rests(link));
  return { lead: active[at], after: active.slice(at + 1).filter(({ guidance }) => guidance.after) };
}

function methodOf(name: string): Guidance {
  const found = Object.hasOwn(guidances, name) ? guidances[name as keyof typeof guidances] : undefined;
  if (found) return found;
  throw new Error(`There is no guidance called "${name}". There are: ${Object.keys(guidances).join(', ')}.`);
}

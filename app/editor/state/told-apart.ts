import type { Outline } from '../../../nodes/outline';

/**
 * By what each of some things of one graph is known among the others: its prompt or settings, as far as not all have them. Nothing
 * where all are alike; things without an outline say nothing.
 */
export function toldApart(outlines: readonly (Outline | undefined)[]): string[] {
  const said = outlines.flatMap((one) => (one ? [[one.prompt, ...one.settings]] : []));
  const isCommon = (words: string) => said.every((all) => all.includes(words));
  return outlines.map((one) => {
    if (!one) return '';
    // Short words first: a prompt takes all the room there is.
    return [...one.settings, one.prompt].filter((words) => words && !isCommon(words)).join(' · ');
  });
}

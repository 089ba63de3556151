import type { GraphWire } from './graph-schema';

type End = GraphWire['from'];

/**
 * Sockets and controls of the same name are called after the cards they are on: “Denoiser model” and “VAE decoder model”, not “Model”
 * and “Model-2”. Cards that are called alike are counted: “Denoiser clip”, “Denoiser clip 2”. One alone in its name keeps it.
 *
 * @param endOf the socket or control inside that a member stands for
 * @param say what to call it by, with its card
 */
export function toldApart<M extends { title?: string | undefined }>(
  members: readonly M[],
  endOf: (member: M) => End,
  say: (end: End) => string,
): M[] {
  const seen = new Map<string, number>();
  return members.map((one) => {
    const end = endOf(one);
    const isAlone = members.filter((other) => endOf(other).port === end.port).length < 2;
    if (isAlone) return one;
    const called = say(end).slice(0, 190);
    const count = (seen.get(called) ?? 0) + 1;
    seen.set(called, count);
    return { ...one, title: count > 1 ? `${called} ${count}` : called };
  });
}

import type { Origin } from './draft';
import type { Place, Workflow } from './workflow';

/** Where a card lay on its page: at the node whose place it takes, or at the subgraph on that page that holds that node. */
export function placeOf({ places }: Workflow, { near, home }: Origin): Place | undefined {
  if (near === undefined) return undefined;
  const end = near.indexOf(':', home ? home.length + 1 : 0);
  return places.get(end < 0 ? near : near.slice(0, end));
}

interface Framed {
  id: string;
  frame: Place & { title: string };
  /** Cards and frames that lie in it and in no smaller one. */
  holds: string[];
}

/** What lies in each frame, the smallest frame first; frames round nothing are left out. `idOf`: what to call one. */
export function framed(
  frames: readonly Framed['frame'][],
  things: ReadonlyMap<string, Place>,
  idOf: () => string,
): Framed[] {
  const left = new Map(things);
  const found: Framed[] = [];
  for (const frame of [...frames].sort((a, b) => a.width * a.height - b.width * b.height)) {
    const holds = [...left].filter(([, place]) => isIn(place, frame)).map(([id]) => id);
    if (!holds.length) continue;
    for (const id of holds) left.delete(id);
    const id = idOf();
    left.set(id, frame);
    found.push({ id, frame, holds });
  }
  return found;
}

/** Whether the middle of something lies in a frame. */
function isIn({ x, y, width, height }: Place, frame: Place): boolean {
  const [right, down] = [x + width / 2 - frame.x, y + height / 2 - frame.y];
  return right > 0 && right < frame.width && down > 0 && down < frame.height;
}

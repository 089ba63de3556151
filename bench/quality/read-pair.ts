import type { Clip, Knowledge } from './knowledge';
import { framesOf, paintsAt, placeOf } from './read-clip';
import { foreground, partsOf } from './read-clip-mask';
import { columnOf, findColour, findShape, leastPixels, mean, type Seen } from './read-clip-object';

export interface Hero {
  colour: string;
  shape: string;
}

export interface PairReading {
  place: string;
  /** Share of frames that show two heroes. */
  two: number;
  /** What stands left and right; null where most frames do not show two side by side. */
  left: Hero | null;
  right: Hero | null;
  /** Mean distance of their middles across, in frame heights. */
  apart: number;
}

/** The second part must be so large a share of the first; their middles so many frame heights apart. */
const limits = { second: 0.15, apart: 0.1 };

/** Two heroes side by side, as `training/reader_pairs.py` reads them. Throws when the clip is not of the knowledge's size. */
export function readPair(clip: Clip, know: Knowledge): PairReading {
  const { width, height } = clip;
  const place = placeOf(clip, know);
  const shown = framesOf(clip).flatMap((frame) => {
    const [first, second] = partsOf(foreground(frame, know.places[place]!), width);
    if (!first || !second || second.length < Math.max(leastPixels, limits.second * first.length)) return [];
    const sides = [first, second].map((pixels): Seen => ({ pixels, width, height }));
    return [{ frame, sides: sides.sort((a, b) => columnOf(a) - columnOf(b)) as [Seen, Seen] }];
  });
  const two = shown.length / clip.frames;
  const reading = { place: know.names.place[Math.floor(place / know.views)]!, two, left: null, right: null, apart: 0 };
  if (two <= 0.5) return reading;
  const apart = mean(shown.map(({ sides: [left, right] }) => columnOf(right) - columnOf(left))) / height;
  if (apart < limits.apart) return { ...reading, apart };
  const hero = (side: 0 | 1): Hero => {
    const colours = shown.flatMap(({ frame, sides }) => paintsAt(frame, sides[side].pixels));
    return {
      colour: know.names.colour[findColour(colours, know.paints)]!,
      shape:
        know.names.shape[
          findShape(
            shown.map(({ sides }) => sides[side]),
            know.outlines,
          )
        ]!,
    };
  };
  return { ...reading, apart, left: hero(0), right: hero(1) };
}

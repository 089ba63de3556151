import { decibels, frameOf, meanSquare, seam } from './clip-measures';
import type { Clip, Knowledge } from './knowledge';
import { type Reading, readClip } from './read-clip';
import type { Settings, Studio } from './studio';
import { scoresOf } from './text-figures';
import type { TruthClip } from './truth-clips';

const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;

/** Pictures of the past that an extension goes on from. */
const past = 9;

/** The clip as it is played in a loop: its last picture is its first again. */
function closed(clip: Clip): Clip {
  const first = frameOf(clip, 0).data;
  const data = clip.data.slice();
  data.set(first, data.length - first.length);
  return { ...clip, data };
}

/**
 * Image to video, loops, extension and the VAE's round trip, on clips drawn by the world. dB are of the pooled mean square;
 * seams are means over clips, 1 is no seam.
 */
export async function pinnedFigures(
  studio: Studio,
  know: Knowledge,
  about: { clips: readonly TruthClip[]; settings: Settings; tell?: (done: number, of: number) => void },
) {
  const { clips, settings } = about;
  const image: number[] = [];
  const trip: number[] = [];
  const loops: number[] = [];
  const closings: number[] = [];
  const extensions: number[] = [];
  const readings: { wanted: TruthClip; reading: Reading }[] = [];
  for (const [index, known] of clips.entries()) {
    const { clip, prompt } = known;
    const job = { prompt, seed: 1000 + index, settings };
    const first = { clip: frameOf(clip, 0), position: 'first' } as const;
    const fromImage = await studio.make({ ...job, hold: [first] });
    readings.push({ wanted: known, reading: readClip(fromImage, know) });
    image.push(meanSquare(frameOf(fromImage, 0), first.clip));

    const loop = await studio.make({ ...job, hold: [first, { clip: first.clip, position: 'last' }] });
    // The last latent frame is held as a whole and shows the first picture, so the loop itself closes even when nothing is
    // learnt: what can fail is the joint before the held end. The worse of the two is the seam.
    const closing = seam(closed(loop), loop.frames - 2, loop.frames - 1);
    const held = loop.frames - studio.card.latent.time;
    closings.push(closing);
    loops.push(Math.max(closing, seam(loop, held - 1, held)));

    const known9 = { ...clip, frames: past, data: clip.data.slice(0, past * clip.width * clip.height * 3) };
    const longer = await studio.make({ ...job, hold: [{ clip: known9, position: 'first' }] });
    extensions.push(seam(longer, past - 1, past));

    trip.push(meanSquare(await studio.roundTrip(clip), clip));
    about.tell?.(index + 1, clips.length);
  }
  return {
    imageFrame0: decibels(mean(image)),
    imageScores: scoresOf(readings),
    loopSeam: mean(loops),
    loopClosing: mean(closings),
    extensionSeam: mean(extensions),
    roundTrip: decibels(mean(trip)),
  };
}
export type PinnedFigures = Awaited<ReturnType<typeof pinnedFigures>>;

import { describe, expect, test } from 'vitest';
import { steppedFrames } from '../../nodes/denoise/stepped-frames';
import type { FramesValue, LatentValue, PinsValue } from '../../nodes/values';
import { small } from './graphs-for-tests';
import { firstBytes, framesOf, latentOf, machine, reference, run } from './machine-for-tests';

const noise = latentOf([4, 5, 2, 4], () => 0); // 17 pictures of 32 x 16
const plane = 8;

/** A VAE that writes down what it was given: every value of latent frame t is the first picture's number of that latent. */
function encoder() {
  const given: number[][] = [];
  return {
    given,
    async encode(frames: FramesValue): Promise<LatentValue> {
      const pictures = await firstBytes(frames);
      given.push(pictures);
      expect((pictures.length - 1) % 4).toBe(0);
      const count = (pictures.length - 1) / 4 + 1;
      return latentOf([4, count, 2, 4], (i) => {
        const t = Math.floor(i / plane) % count;
        return 100 + pictures[t === 0 ? 0 : 4 * t - 3]!;
      });
    },
  };
}

async function hold(
  params: Record<string, unknown>,
  inputs: Record<string, FramesValue | LatentValue | PinsValue>,
  card = small,
) {
  const vae = encoder();
  const resized: object[] = [];
  const ctx = machine({
    card,
    vae,
    media: {
      resize: (frames, size) => {
        resized.push(size);
        return { ...frames, width: size.width, height: size.height };
      },
    },
  });
  const { frames } = await run<'pins'>('frame-conditioner', {
    inputs: { model: reference('vae'), noise, ...inputs },
    params,
    ctx,
  });
  // One number per latent frame and channel; all channels alike.
  const row = (channel: number) => Array.from({ length: 5 }, (_, t) => frames!.data[(channel * 5 + t) * plane]);
  expect(row(3)).toEqual(row(0));
  return { pins: frames!, given: vae.given, resized, row: row(0) };
}

describe('a picture', () => {
  test('first: encoded alone, held in latent 0', async () => {
    const { pins, given, row } = await hold({ position: 'first' }, { frames: framesOf(1) });
    expect(given).toEqual([[0]]);
    expect(pins.known).toEqual([true, false, false, false, false]);
    expect(row).toEqual([100, 0, 0, 0, 0]);
    expect(pins.shape).toEqual(noise.shape);
  });

  test('last: a still has no natural latent there, so five alike are encoded and latent 1 is held', async () => {
    const { pins, given, row } = await hold({ position: 'last' }, { frames: framesOf(1) });
    expect(given).toEqual([[0, 0, 0, 0, 0]]);
    expect(pins.known).toEqual([false, false, false, false, true]);
    expect(row).toEqual([0, 0, 0, 0, 100]);
  });

  test('anywhere; strength below 1 says how noisy it claims to be', async () => {
    const { pins } = await hold({ position: 'at', at: 2, strength: 0.75 }, { frames: framesOf(1) });
    expect(pins.known).toEqual([false, false, true, false, false]);
    expect(pins.noise).toEqual([0, 0, 0.25, 0, 0]);
    expect((await hold({ position: 'at', at: 0 }, { frames: framesOf(1) })).given).toEqual([[0]]);
  });

  test('of another size is brought to the size of the noise', async () => {
    const { resized } = await hold({ fit: 'contain' }, { frames: framesOf(1, { width: 50, height: 70 }) });
    expect(resized).toEqual([{ width: 32, height: 16, fit: 'contain' }]);
  });
});

describe('a clip', () => {
  test('at the beginning: its last 4k + 1 pictures go on into the new one', async () => {
    const { given, pins } = await hold({ position: 'first' }, { frames: framesOf(11) });
    expect(given).toEqual([[2, 3, 4, 5, 6, 7, 8, 9, 10]]);
    expect(pins.known).toEqual([true, true, true, false, false]);
  });

  test('at the end: its first 4k + 1 pictures, without the latent that stands for one', async () => {
    const { given, pins, row } = await hold({ position: 'last' }, { frames: framesOf(11) });
    expect(given).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8]]);
    expect(pins.known).toEqual([false, false, false, true, true]);
    expect(row).toEqual([0, 0, 0, 101, 105]);
  });

  test('as many pictures as asked for', async () => {
    expect((await hold({ position: 'first', take: 6 }, { frames: framesOf(30) })).given).toEqual([
      [25, 26, 27, 28, 29],
    ]);
    expect((await hold({ position: 'last', take: 1 }, { frames: framesOf(30) })).given).toEqual([[0, 0, 0, 0, 0]]);
  });

  test('leaves no stream of pictures open', async () => {
    const frames = framesOf(30);
    await hold({ position: 'last', take: 9 }, { frames });
    expect(frames.open()).toBe(0);
  });
});

describe('a latent clip', () => {
  const clip = latentOf([4, 3, 2, 4], (i) => 7 + (Math.floor(i / plane) % 3));

  test('keeps its first latent at the beginning and loses it elsewhere', async () => {
    expect((await hold({ position: 'first' }, { clip })).row).toEqual([7, 8, 9, 0, 0]);
    expect((await hold({ position: 'last' }, { clip })).row).toEqual([0, 0, 0, 8, 9]);
    expect((await hold({ position: 'first', take: 5 }, { clip })).row).toEqual([7, 8, 0, 0, 0]);
  });

  test('of one frame belongs to the beginning', async () => {
    const still = latentOf([4, 1, 2, 4], () => 7);
    expect((await hold({ position: 'first' }, { clip: still })).row).toEqual([7, 0, 0, 0, 0]);
    await expect(hold({ position: 'last' }, { clip: still })).rejects.toThrow('belongs to the beginning');
  });
});

describe('keyframes of a model that is shown them beside the clip', () => {
  const ltx = { ...small, keyframes: 'beside' as const };
  const placed = ({ pins }: { pins: PinsValue }) => (pins.beside ?? []).map(({ picture, data }) => [picture, data[0]]);

  test('a still is one picture, the last of its latent frame; at the beginning it is a part of the clip', async () => {
    const last = await hold({ position: 'last', strength: 0.75 }, { frames: framesOf(1) }, ltx);
    expect(last.given).toEqual([[0]]);
    expect(last.pins.known).toEqual([false, false, false, false, false]);
    expect(placed(last)).toEqual([[16, 100]]);
    expect(last.pins.beside?.[0]?.noise).toBe(0.25);
    const still = latentOf([4, 1, 2, 4], () => 7);
    expect(placed(await hold({ position: 'at', at: 2 }, { clip: still }, ltx))).toEqual([[8, 7]]);
    const first = await hold({ position: 'first' }, { frames: framesOf(1) }, ltx);
    expect(first.pins).toEqual((await hold({ position: 'first' }, { frames: framesOf(1) })).pins);
  });

  test('of a clip two latent frames are beside, the rest lies where it always does; both stay when more are added', async () => {
    const clip = await hold({ position: 'last' }, { frames: framesOf(13) }, ltx);
    expect(clip.row).toEqual([0, 0, 0, 105, 109]);
    expect(placed(clip)).toEqual([
      [4, 100],
      [5, 101],
    ]);
    const more = await hold({ position: 'first' }, { frames: framesOf(1), pins: clip.pins }, ltx);
    expect(more.row).toEqual([100, 0, 0, 105, 109]);
    expect(placed(more)).toEqual(placed(clip));
    const two = await hold({ position: 'last' }, { frames: framesOf(1), pins: clip.pins }, ltx);
    expect(placed(two)).toEqual([...placed(clip), [16, 100]]);
    // From the very beginning on nothing is beside.
    expect(placed(await hold({ position: 'at', at: 1 }, { frames: framesOf(9) }, ltx))).toEqual([]);
  });

  test('the network is shown them as noisy as they claim to be, until the clip is no noisier', () => {
    const noise = latentOf([2, 3, 1, 1], (i) => i);
    const pins: PinsValue = {
      ...{ kind: 'pins', space: noise.space, shape: noise.shape, data: latentOf(noise.shape, () => 8).data },
      ...{ known: [true, false, false], noise: [0.25, 0, 0] },
      beside: [{ data: Float32Array.of(10, 20), picture: 5, noise: 0.5 }],
    };
    const known = steppedFrames(pins, noise, 4);
    expect(known.shape).toEqual([2, 4, 1, 1]);
    const x = Float32Array.from([50, 51, 52, 53, 54, 55, 56, 57]);
    const at = (sigma: number) => ({ sigma, begun: sigma, timestep: 1000 * sigma });
    expect([...known.shown(x, at(0.6))]).toEqual([6, 51, 52, (10 + 2) / 2, 6.75, 55, 56, (20 + 5) / 2]);
    expect(known.times(at(0.6))).toEqual([250, 600, 600, 500]);
    expect([...known.shown(x, at(0.5))]).toEqual([6, 51, 52, 53, 6.75, 55, 56, 57]);
    expect(known.times(at(0.4))).toEqual([250, 400, 400, 400]);
    expect([...known.shown(x, at(0.2))]).toEqual([...x]);
    expect([...known.clip(x)]).toEqual([50, 51, 52, 54, 55, 56]);
  });
});

describe('chains', () => {
  test('earlier known frames stay, and neither input is changed', async () => {
    const first = (await hold({ position: 'first', strength: 0.9 }, { frames: framesOf(1) })).pins;
    const before = structuredClone(first);
    const { pins, row } = await hold({ position: 'last' }, { frames: framesOf(1), pins: first });
    expect(pins.known).toEqual([true, false, false, false, true]);
    expect(row).toEqual([100, 0, 0, 0, 100]);
    expect(pins.noise[0]).toBeCloseTo(0.1, 12);
    expect(first).toEqual(before);
  });

  test('a clip that is known throughout, or too long, is refused with what to do', async () => {
    await expect(hold({ position: 'first' }, { frames: framesOf(17) })).rejects.toThrow(/nothing is left.*longer/);
    await expect(hold({ position: 'first' }, { frames: framesOf(21) })).rejects.toThrow(/do not fit into a clip of 5/);
    await expect(hold({ position: 'at', at: 4 }, { frames: framesOf(9) })).rejects.toThrow(/do not fit/);
    const other = latentOf([4, 1, 2, 6], () => 0, small.latent.space);
    await expect(hold({ position: 'first' }, { clip: other })).rejects.toThrow(/one model and size/);
  });
});

import { describe, expect, test } from 'vitest';
import { guidances } from '../../nodes/denoise/guidance/registry';
import { linksAtWork, usualStrengths } from '../../nodes/denoise/guidance-chain';
import {
  type Guidance,
  type GuidanceLink,
  led,
  type Moment,
  type Said,
  type Strengths,
} from '../../nodes/denoise/guiding';
import { flowing } from '../../nodes/denoise/process';
import type { Denoiser } from '../../nodes/machine';
import type { GuidanceValue } from '../../nodes/values';
import { worst } from './drive';
import { conditioning, latentOf, machine, reference, run } from './machine-for-tests';

const shape = [2, 3, 2, 2] as const;
const size = 24;
const wave = (k: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(k * i + k) + 0.1 * k);
const said: Said = { wanted: wave(1), unwanted: wave(2), other: wave(3) };

const moment = (about: Partial<Moment> = {}): Moment => ({
  said,
  x: wave(5),
  sigma: 0.6,
  index: 3,
  shape,
  process: flowing(1),
  strengths: usualStrengths,
  state: { arrays: {}, numbers: {} },
  ...about,
});
function guided(
  name: keyof typeof guidances,
  scale: number,
  about: Partial<Moment> = {},
  lastScale: number | null = null,
) {
  const guidance: Guidance = guidances[name];
  return led(guidance.lead!(moment(about)), { scale, lastScale, shape });
}
const strengths = (given: Partial<Strengths>): Strengths => ({ ...usualStrengths, ...given });
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const minus = (a: Float32Array, b: Float32Array) => a.map((value, i) => value - b[i]!);

describe('each guidance', () => {
  test('CFG: 1 is the wanted velocity, 0 the unwanted, and beyond 1 it leads away', () => {
    const mix = (scale: number) => [
      ...led(
        { from: Float32Array.of(0.5, 3), to: Float32Array.of(1, 2) },
        { scale, lastScale: null, shape: [1, 1, 1, 2] },
      ),
    ];
    expect([mix(1), mix(0), mix(5)]).toEqual([
      [1, 2],
      [0.5, 3],
      [3, -2],
    ]);
    expect(worst(guided('cfg', 1), said.wanted)).toBe(0);
  });

  test('a scale that runs along the frames is one thing at the first, another at the last, and the mean in the middle', () => {
    const ramp = guided('cfg', 2, {}, 6);
    const even = (scale: number) => guided('cfg', scale);
    for (const [frame, scale] of [2, 4, 6].entries())
      for (const channel of [0, 1]) {
        const at = (channel * 3 + frame) * 4;
        expect(ramp.slice(at, at + 4)).toEqual(even(scale).slice(at, at + 4));
      }
  });

  test('CFG-Zero*: the unwanted side is scaled to fit the wanted one, and the first steps stand still', () => {
    const found = guided('cfg-zero-star', 0);
    // What is left of the wanted side is at right angles to the unwanted one.
    expect(Math.abs(dot(minus(said.wanted, found), said.unwanted!))).toBeLessThan(1e-4);
    expect(worst(guided('cfg-zero-star', 1), said.wanted)).toBeLessThan(1e-6);
    expect([...guided('cfg-zero-star', 7, { index: 0 })].every((value) => value === 0)).toBe(true);
    expect(guided('cfg-zero-star', 7, { index: 0, strengths: strengths({ zeroSteps: 0 }) }).some(Boolean)).toBe(true);
  });

  test('APG: with all kept and nothing cut it is CFG', () => {
    const all = strengths({ along: 1, momentum: 0, longest: 0 });
    expect(worst(guided('apg', 6, { strengths: all }), guided('cfg', 6))).toBeLessThan(2e-5);
  });

  test('APG: what guidance adds is at right angles to the foreseen clip, in every frame', () => {
    const across = guided('apg', 6, { strengths: strengths({ along: 0, momentum: 0, longest: 0 }) });
    const { x, sigma } = moment();
    for (let frame = 0; frame < 3; frame++) {
      let product = 0;
      for (const channel of [0, 1])
        for (let i = (channel * 3 + frame) * 4; i < (channel * 3 + frame) * 4 + 4; i++)
          product += (across[i]! - said.wanted[i]!) * (x[i]! - sigma * said.wanted[i]!);
      expect(Math.abs(product)).toBeLessThan(1e-4);
    }
  });

  test('APG: a long direction is cut, and the last one lives on in the next', () => {
    const state = { arrays: {}, numbers: {} };
    const whole = strengths({ along: 1, momentum: 0, longest: 0 });
    const cut = guided('apg', 2, { strengths: { ...whole, longest: 0.5 } });
    const added = minus(cut, said.wanted);
    for (let frame = 0; frame < 3; frame++) {
      const part = [0, 1].flatMap((c) => [...added.slice((c * 3 + frame) * 4, (c * 3 + frame) * 4 + 4)]);
      expect(Math.hypot(...part) * 0.6).toBeCloseTo(0.5, 5);
    }
    const first = guided('apg', 2, { state, strengths: { ...whole, momentum: 0.5 } });
    const second = guided('apg', 2, { state, strengths: { ...whole, momentum: 0.5 } });
    expect(
      worst(
        minus(second, said.wanted),
        minus(first, said.wanted).map((d) => 1.5 * d),
      ),
    ).toBeLessThan(1e-5);
  });

  test('Perp-neg: what is taken away is at right angles to what is wanted, and weight 0 is CFG from the empty text', () => {
    const none = strengths({ second: 0 });
    const plain = led({ from: said.other!, to: said.wanted }, { scale: 4, lastScale: null, shape });
    expect(worst(guided('perp-neg', 4, { strengths: none }), plain)).toBeLessThan(1e-5);
    const taken = minus(plain, guided('perp-neg', 4, { strengths: strengths({ second: 2 }) }));
    expect(Math.abs(dot(taken, minus(said.wanted, said.other!)))).toBeLessThan(1e-3);
    expect(dot(taken, taken)).toBeGreaterThan(1);
  });

  test('Dual: u + second (o - u) + s (w - o)', () => {
    const { wanted, unwanted, other } = said as Required<Said>;
    const found = guided('dual', 3, { strengths: strengths({ second: 2 }) });
    const byHand = wanted.map((w, i) => unwanted![i]! + 2 * (other![i]! - unwanted![i]!) + 3 * (w - other![i]!));
    expect(worst(found, byHand)).toBeLessThan(1e-5);
  });

  test('Rescale: the whole of it gives the spread of the wanted side, none of it changes nothing', () => {
    const strong = guided('cfg', 9);
    const spread = (of: Float32Array) => {
      const mean = of.reduce((sum, value) => sum + value, 0) / of.length;
      return Math.sqrt(of.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    };
    const rescaled = (rescale: number) =>
      guidances.rescale.after!(strong, moment({ strengths: strengths({ rescale }) }));
    expect(spread(rescaled(1))).toBeCloseTo(spread(said.wanted), 4);
    expect(worst(rescaled(0), strong)).toBeLessThan(1e-6);
  });
});

const link = (about: Partial<GuidanceLink>): GuidanceLink => ({
  method: 'cfg',
  scale: 4,
  lastScale: null,
  start: 0,
  end: 1,
  strengths: usualStrengths,
  ...about,
});

describe('a chain', () => {
  test('the last that leads in a part of the steps leads there; what changes a result follows it', () => {
    const chain = [link({ end: 0.6 }), link({ method: 'apg', start: 0.4 }), link({ method: 'rescale' })];
    const at = (part: number) => {
      const { lead, after } = linksAtWork(chain, { part, scale: null, cfgpp: false });
      return [lead?.method, ...after.map(({ method }) => method)];
    };
    expect(at(0.2)).toEqual(['cfg', 'rescale']);
    expect(at(0.5)).toEqual(['apg', 'rescale']);
    expect(at(0.9)).toEqual(['apg', 'rescale']);
  });

  test('at 1 it rests, but for CFG++; the scale of a second network stands in for its own', () => {
    const about = { part: 0.5, scale: null, cfgpp: false };
    expect(linksAtWork([link({ scale: 1 })], about).lead).toBeUndefined();
    expect(linksAtWork([link({ scale: 1 })], { ...about, cfgpp: true }).lead).toBeDefined();
    expect(linksAtWork([link({ scale: 1, lastScale: 3 })], about).lead).toBeDefined();
    expect(linksAtWork([link({ scale: 5 })], { ...about, scale: 1 }).lead).toBeUndefined();
  });

  const noise = latentOf([4, 3, 2, 2], (i) => Math.cos(11 * i));
  const asked: number[] = [];
  const network: Denoiser['predict'] = async ({ latent, text }) => {
    asked.push(text.states[0]!);
    return latent.map((value, i) => 0.3 * value + Math.sin(i) * text.states[0]!);
  };
  async function denoise(guide: GuidanceValue | undefined, params: Record<string, unknown> = {}) {
    asked.length = 0;
    const inputs = { model: reference('denoiser'), noise, text: conditioning(1), avoid: conditioning(-1), guide };
    const { clip } = await run<'latent'>('denoiser', {
      inputs,
      params: { steps: 10, sampler: 'euler', guidance: 4, ...params },
      ctx: machine({ denoiser: network }),
    });
    return { clip: clip!.data, asked: [...asked] };
  }
  const chain = async (...params: Record<string, unknown>[]): Promise<GuidanceValue> => {
    let before: GuidanceValue | undefined;
    for (const one of params) {
      const inputs = { before, other: conditioning(2) };
      before = (await run<'guidance'>('guidance', { inputs, params: one, ctx: machine({}) })).guidance;
    }
    return before!;
  };

  test('a link of CFG does what the card does by itself, in its part of the steps', async () => {
    expect((await denoise(await chain({ scale: 4 }))).clip).toEqual((await denoise(undefined)).clip);
    const part = await denoise(await chain({ scale: 4, start: 0.2, end: 0.5 }));
    expect(part.clip).toEqual((await denoise(undefined, { guidanceStart: 0.2, guidanceEnd: 0.5 })).clip);
    expect(part.asked.length).toBe(13);
  });

  test('a further text is asked for only where its link leads', async () => {
    const { asked: texts } = await denoise(await chain({ end: 0.5 }, { method: 'dual', start: 0.5 }));
    expect(texts.filter((text) => text === 2).length).toBe(5);
    expect(texts.length).toBe(25);
  });

  test('links that follow change the result', async () => {
    const plain = await denoise(await chain({ scale: 9 }));
    const calm = await denoise(await chain({ scale: 9 }, { method: 'rescale' }));
    expect(worst(plain.clip, calm.clip)).toBeGreaterThan(0.01);
  });

  test('an unknown method is refused by name', async () => {
    const value: GuidanceValue = { kind: 'guidance', links: [link({ method: 'magic' })] };
    await expect(denoise(value)).rejects.toThrow(/"magic".*apg/);
  });
});

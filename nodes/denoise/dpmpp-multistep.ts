import { combine, type Terms } from './combine';
import { type Clock, logSnrOf, phi2, phi3 } from './exponential';
import { recall, remember } from './history';
import type { Stepping } from './sampling';
import { ends, see } from './see';

/**
 * DPM-Solver++ in its multistep form over a clock: second order, midpoint (Lu et al. 2022, 2211.01095). The first step is
 * of first order, the last ends in the clip as foreseen. With CFG++ the clip is the guided one, and what is taken off x
 * and remembered is the unguided one.
 */
export async function dpmpp2m(x: Float32Array, at: Stepping, clock: Clock) {
  const [sigma, next] = ends(at);
  const { clip, away } = await see(x, at);
  const before = at.state.arrays.before;
  at.state.arrays.before = away;
  if (next === 0) return { x: clip, foreseen: clip };
  const h = clock.time(next) - clock.time(sigma);
  const keep = clock.noise(next) / clock.noise(sigma);
  const pull = -clock.data(next) * Math.expm1(-h);
  const bend = before ? (0.5 * h) / (clock.time(sigma) - clock.time(at.sigmas[at.index - 1]!)) : 0;
  if (!at.cfgpp) {
    const ahead = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const now = clip[i]!;
      ahead[i] = keep * x[i]! + pull * (now + (before ? bend * (now - before[i]!) : 0));
    }
    return { x: ahead, foreseen: clip };
  }
  const bent: Terms = before
    ? [
        [pull * bend, clip],
        [-pull * bend, before],
      ]
    : [];
  const straight: Terms = [
    [keep, x],
    [clock.data(next), clip],
    [-keep * clock.data(sigma), away],
  ];
  return { x: combine([...straight, ...bent]), foreseen: clip };
}

/** How the second order of the stochastic solver weighs the change of the clip: at the middle, or over the whole stride. */
export type Bend = 'midpoint' | 'heun';

/**
 * SDE-DPM-Solver++ multistep of order 2 or 3 (Lu et al. 2022, 2211.01095, appendix; the third order by Katherine Crowson):
 * `x' = sigma'/sigma e^(-h eta) x + data' (1 - e^(-h (1 + eta))) clip + ... + sigma' sqrt(1 - e^(-2 h eta)) noise`.
 * With eta 0 it draws no noise and is DPM-Solver++ itself.
 */
export async function dpmppSde(x: Float32Array, at: Stepping, { order, bend }: { order: 2 | 3; bend: Bend }) {
  const clock = logSnrOf(at.process);
  const [sigma, next] = ends(at);
  const { clip } = await see(x, at);
  const former = recall(at.state, 'clip').slice(0, order - 1);
  remember(at.state, { name: 'clip', array: clip, most: order - 1 });
  if (next === 0) return { x: clip, foreseen: clip };
  const h = clock.time(next) - clock.time(sigma);
  const whole = h * (1 + at.eta);
  const data = clock.data(next);
  const terms: (readonly [number, Float32Array])[] = [
    [(next / sigma) * Math.exp(-h * at.eta), x],
    ...changes({ clip, former, at, clock, h, whole, bend }).map(([weight, array]) => [data * weight, array] as const),
  ];
  if (at.eta > 0) terms.push([next * Math.sqrt(-Math.expm1(-2 * h * at.eta)), at.noise(at.index)]);
  return { x: combine(terms), foreseen: clip };
}

/** The clip and its changes of first and second order over the clock, as weights of the clips foreseen so far. */
function changes(about: {
  clip: Float32Array;
  former: Float32Array[];
  at: Stepping;
  clock: Clock;
  h: number;
  whole: number;
  bend: Bend;
}): Terms {
  const { clip, former, at, clock, h, whole, bend } = about;
  const time = (back: number) => clock.time(at.sigmas[at.index - back]!);
  const pull = -Math.expm1(-whole);
  const [one, two] = former;
  if (!one) return [[pull, clip]];
  const r0 = (time(0) - time(1)) / h;
  // whole * phi2(-whole) is 1 - (1 - e^-whole) / whole: the change's weight over the whole stride, which order 3 needs.
  const slope = bend === 'midpoint' && !two ? pull / 2 : whole * phi2(-whole);
  if (!two)
    return [
      [pull + slope / r0, clip],
      [-slope / r0, one],
    ];
  const r1 = (time(1) - time(2)) / h;
  const curve = whole * phi3(-whole);
  // d1 = a + (a - b) r0 / (r0 + r1) and d2 = (a - b) / (r0 + r1), a and b the newest two slopes of the clip.
  const a = slope * (1 + r0 / (r0 + r1)) + curve / (r0 + r1);
  const b = -slope * (r0 / (r0 + r1)) - curve / (r0 + r1);
  return [
    [pull + a / r0, clip],
    [-a / r0 + b / r1, one],
    [-b / r1, two],
  ];
}

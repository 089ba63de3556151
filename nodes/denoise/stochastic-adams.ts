import { combine, type Terms } from './combine';
import { foresee } from './flow';
import { remember } from './history';
import { integral, lagrange } from './quadrature';
import type { Stepping } from './sampling';
import { ends } from './see';

const orders = { predictor: 3, corrector: 4 };
/** Noise is renewed between these parts of the way. */
const stochastic = { from: 0.2, to: 0.8 };

/**
 * SA-Solver (Xue et al. 2023, 2309.05019): stochastic Adams methods over log-SNR, a predictor of order 3 and a corrector
 * of order 4 that redoes the last step when its end has been seen. With tau, how much noise is renewed,
 * `x' = sigma'/sigma e^(-tau^2 h) x + sum b_j clip_j + sigma' sqrt(1 - e^(-2 tau^2 h)) noise`, where
 * `b_j = data' (1 + tau^2) integral of e^((1 + tau^2)(t - t')) l_j(t) dt`, l_j the Lagrange polynomials of the clips' times.
 * `x` is what the predictor foretold; the corrected x lies in the state.
 */
export async function stochasticAdams(x: Float32Array, at: Stepping, { again }: { again: boolean }) {
  const { index, sigmas, state } = at;
  const [sigma, next] = ends(at);
  const isLast = next === 0;
  let clip = foresee(x, await at.velocity(x, sigma, at.timesteps[index]), sigma);
  let clips = remember(state, { name: 'clip', array: clip, most: orders.corrector });
  // Towards a finished clip orders fall, so that the last steps do not overshoot.
  const left = sigmas.at(-1) === 0 ? sigmas.length - 1 - index : Number.POSITIVE_INFINITY;
  const isFirst = state.arrays.origin === undefined;
  const order = isFirst || (isLast && !again) ? 0 : Math.min(orders.corrector, clips.length, left);
  const corrected = order === 0 ? x : correct(clips.slice(0, order), at);
  if (order > 0 && again) {
    clip = foresee(corrected, await at.velocity(corrected, sigma, at.timesteps[index]), sigma);
    state.arrays.clip0 = clip;
    clips = [clip, ...clips.slice(1)];
  }
  if (isLast) return { x: clip, foreseen: clip };
  return { x: predict(corrected, clips.slice(0, Math.min(orders.predictor, left - 1)), at), foreseen: clip };
}

function predict(x: Float32Array, clips: Float32Array[], at: Stepping): Float32Array {
  const { state, index, process } = at;
  const [sigma, next] = ends(at);
  const tau = next <= process.sigmaAfter(stochastic.from) && next >= process.sigmaAfter(stochastic.to) ? at.eta : 0;
  const h = process.logSnr(next) - process.logSnr(sigma);
  state.arrays.origin = x;
  state.numbers.tau = tau;
  const terms: Terms = [
    [(next / sigma) * Math.exp(-(tau ** 2) * h), x],
    ...adams(clips, { at, from: index, to: index + 1, newest: index, tau }),
  ];
  delete state.arrays.noise;
  if (tau === 0) return combine(terms);
  const noise = at.noise(index);
  state.arrays.noise = noise;
  state.numbers.noise = next * Math.sqrt(-Math.expm1(-2 * tau ** 2 * h));
  return combine([...terms, [state.numbers.noise, noise]]);
}

/** Redoes the step that led here with what was seen at its end, and with the same noise. */
function correct(clips: Float32Array[], at: Stepping): Float32Array {
  const { state, index, sigmas, process } = at;
  const { origin, noise } = state.arrays;
  const tau = state.numbers.tau ?? 0;
  const [start, here] = [sigmas[index - 1]!, sigmas[index]!];
  const h = process.logSnr(here) - process.logSnr(start);
  return combine([
    [(here / start) * Math.exp(-(tau ** 2) * h), origin!],
    ...adams(clips, { at, from: index - 1, to: index, newest: index, tau }),
    ...(noise ? ([[state.numbers.noise!, noise]] as const) : []),
  ]);
}

/** The weights b_j of the clips, newest first; `newest` is the index whose sigma the first one was seen at. */
function adams(
  clips: Float32Array[],
  about: { at: Stepping; from: number; to: number; newest: number; tau: number },
): Terms {
  const { at, from, to, newest, tau } = about;
  const time = (index: number) => at.process.logSnr(at.sigmas[index]!);
  const places = clips.map((_, k) => time(newest - k));
  const pull = 1 + tau ** 2;
  const [start, end] = [time(from), time(to)];
  const data = at.process.data(at.sigmas[to]!);
  return clips.map((clip, j) => {
    const weigh = (t: number) => Math.exp(pull * (t - end)) * lagrange(places, j, t);
    return [data * pull * integral(weigh, start, end), clip] as const;
  });
}

import { combine } from '../combine';
import { recall, remember } from '../history';
import type { Sampler, Stepping } from '../sampling';
import { ends, see } from '../see';

/** The paper's choice of how much noise goes with how much signal: phi(r) = r (e^(r^0.3) + 10), r noise over data. */
const phi = (ratio: number) => ratio * (Math.exp(ratio ** 0.3) + 10);

/** Points at which 1 / phi is summed up over a step, from its lower end. */
const points = 200;

/**
 * ER-SDE-Solver-3 (Cui et al. 2023, 2309.06169): the reverse process with a noise of its own choosing, in the ratio of
 * noise to data, by Taylor terms of the clip up to the second. How much noise it adds is part of the method.
 */
const erSde: Sampler = {
  name: 'er-sde',
  title: 'ER-SDE',
  says: 'Adds noise in a measure of its own, a little early and hardly any late. Good with few steps.',
  group: 'noisy',
  aliases: ['er_sde'],
  spacing: 'dpm',
  calls: (steps) => steps,
  startsBelow: true,
  async step(x, at) {
    const next = ends(at)[1];
    const { clip } = await see(x, at);
    const before = at.state.arrays.before;
    at.state.arrays.before = clip;
    if (next === 0) return { x: clip, foreseen: clip };
    return { x: ahead(x, { clip, before, at }), foreseen: clip };
  },
};
export default erSde;

function ahead(
  x: Float32Array,
  { clip, before, at }: { clip: Float32Array; before: Float32Array | undefined; at: Stepping },
): Float32Array {
  const { data } = at.process;
  const ratio = (back: number) => at.sigmas[at.index - back]! / data(at.sigmas[at.index - back]!);
  const [here, there] = [ratio(0), ratio(-1)];
  const [, next] = ends(at);
  const r = phi(there) / phi(here);
  const scale = data(next);
  const terms: (readonly [number, Float32Array])[] = [
    [(scale / data(ends(at)[0])) * r, x],
    [scale * (1 - r), clip],
  ];
  if (before) {
    const slope = combine([
      [1 / (here - ratio(1)), clip],
      [-1 / (here - ratio(1)), before],
    ]);
    const [former] = recall(at.state, 'slope');
    remember(at.state, { name: 'slope', array: slope, most: 1 });
    const { plain, weighted } = sums(here, there);
    const stride = there - here;
    terms.push([scale * (stride + plain * phi(there)), slope]);
    if (former) {
      const curve = (scale * (stride ** 2 / 2 + weighted * phi(there))) / ((here - ratio(2)) / 2);
      terms.push([curve, slope], [-curve, former]);
    }
  }
  const noise = Math.sqrt(Math.max(0, there ** 2 - (here * r) ** 2));
  if (noise > 0) terms.push([scale * noise, at.noise(at.index)]);
  return combine(terms);
}

/** The integrals of 1 / phi and of (ratio - here) / phi over the step, as sums from its lower end. */
function sums(here: number, there: number): { plain: number; weighted: number } {
  const width = (here - there) / points;
  let [plain, weighted] = [0, 0];
  for (let k = 0; k < points; k++) {
    const ratio = there + k * width;
    plain += width / phi(ratio);
    weighted += ((ratio - here) * width) / phi(ratio);
  }
  return { plain, weighted };
}

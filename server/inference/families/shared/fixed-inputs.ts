import { torchNoise } from '../../noise';

/** The same numbers from N(0, 1) every time. */
export const fixedNoise = (count: number): Float32Array => torchNoise(0).normal(count);

/** Early, in the middle and late in a denoising, on the 0..1000 scale. */
const times = [900, 500, 100];

/** A network's answers at three times, one behind the other: what two kinds of arithmetic are compared by. */
export async function fixedTimes(ask: (timestep: number) => Promise<Float32Array>): Promise<Float32Array> {
  const answers: Float32Array[] = [];
  for (const timestep of times) answers.push(await ask(timestep));
  const all = new Float32Array(answers.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const answer of answers) {
    all.set(answer, at);
    at += answer.length;
  }
  return all;
}

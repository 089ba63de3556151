import { expect, test } from 'vitest';
import { brokenCard } from '../../server/inference/card';
import { type Network, WanDenoiser } from '../../server/inference/families/wan/denoiser';
import { conditioning } from './parity-files';

const text = conditioning({ data: new Float32Array(1), shape: [1, 1] }, 1);
const call = { latent: new Float32Array(1), shape: [1, 1, 1, 1] as const, text };

/** Two networks that only write down what happens to them. */
function pair(): { log: string[]; networks: Network[] } {
  const log: string[] = [];
  const network = (name: string): Network => ({
    predict: async () => {
      log.push(name);
      return new Float32Array(1);
    },
    release: async () => {
      log.push(`${name} closed`);
    },
  });
  return { log, networks: [network('first'), network('second')] };
}

const card = { ...brokenCard('pair', ''), experts: { boundary: 0.875 } };

test('a network gives its memory back when the other one takes over, and the boundary itself is still the first one’s', async () => {
  const { log, networks } = pair();
  const denoiser = new WanDenoiser(card, networks);
  for (const timesteps of [999, 875, 874.9, 500]) await denoiser.predict({ ...call, timesteps });
  expect(log).toEqual(['first', 'first', 'first closed', 'second', 'second']);
});

test('another run begins with the first again; in the end the open one is closed', async () => {
  const { log, networks } = pair();
  const denoiser = new WanDenoiser(card, networks);
  for (const timesteps of [100, 999]) await denoiser.predict({ ...call, timesteps });
  await denoiser.release();
  await denoiser.release();
  expect(log).toEqual(['second', 'second closed', 'first', 'first closed']);
});

test('without a boundary there is one network', async () => {
  const { log, networks } = pair();
  const { experts: _, ...single } = card;
  await new WanDenoiser(single, networks).predict({ ...call, timesteps: 1 });
  expect(log).toEqual(['first']);
});

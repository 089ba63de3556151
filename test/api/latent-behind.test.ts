import { expect, test } from 'vitest';
import type { Models } from '../../nodes/values';
import { latentBehind } from '../../server/api/latent-behind';
import type { Services } from '../../server/api/services';
import { template } from '../browser/ask';
import { models } from '../nodes/graphs-for-tests';

/** What it asks of the services: cards of models, the device, and whether a result is there. */
const services = (cards: Models, isHeld: boolean) =>
  ({
    library: { models: async () => cards },
    device: () => 'cpu/fp32',
    cache: {
      look: () => (isHeld ? { outputs: {}, seconds: 1 } : null),
      seconds: () => undefined,
      resumesAt: () => null,
    },
  }) as unknown as Services; // no more of them is used

const film = { graph: template('text-to-video'), node: 'muxer', name: 'A' };

test('the latent a film was decoded from is the nearest against the wires; by other settings it is another', async () => {
  const { at } = await latentBehind(services(models, true), film);
  expect(at).toMatchObject({ port: 'clip' });
  const again = await latentBehind(services(models, true), {
    ...film,
    graph: template('text-to-video', { muxer: { crf: 30 } }),
  });
  expect(again.at).toEqual(at);
  const other = await latentBehind(services(models, true), {
    ...film,
    graph: template('text-to-video', { denoiser: { steps: 3 } }),
  });
  expect(other.at?.fingerprint).not.toBe(at?.fingerprint);
});

test('where there is none, it is said why: it has gone, nothing led to it, or the graph could not run', async () => {
  const reason = async (about: Services, what = film) => (await latentBehind(about, what)).reason;
  expect(await reason(services(models, false))).toMatch(/latent of A is no longer in the cache/);
  expect(await reason(services(models, true), { ...film, node: 'nowhere' })).toBe('No latent led to A.');
  expect(await reason(services({}, true))).toMatch(/found only while its graph could run. .*gosling/i);
});

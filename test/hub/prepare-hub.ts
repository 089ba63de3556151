import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type Arrival, Downloads } from '../../server/hub/downloads';
import { makeOffer, type Offer } from '../../server/hub/offer';
import { readHub } from '../../server/hub/settings';
import { filesOf, type HubServer, openHubServer } from './hub-server';

/** A whole checkpoint of the diffusers layout, small enough to be sent many times. */
export const tiny = filesOf(path.resolve('test/parity/wan21-t2v'));
/** Its largest file. */
export const weights = 'vae/diffusion_pytorch_model.safetensors';
export const repository = 'maintainers/Tiny-Wan';
export const text = (words: string) => new TextEncoder().encode(words);

/** For every test a home folder and a hub that has one model, with things beside it that nobody should take. */
export function prepareHub() {
  let home = '';
  let hub: HubServer;
  let open: Downloads[] = [];

  beforeEach(async () => {
    home = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'skein-hub-'));
    hub = await openHubServer();
    vi.stubEnv('HF_ENDPOINT', hub.url);
    vi.stubEnv('HF_TOKEN', '');
    const rest = [
      ['LICENSE.md', text('Permission is granted to everybody.')],
      ['transformer/diffusion_pytorch_model.bin', text('a pickle beside the weights')],
      ['samples/film.mp4', new Uint8Array(30_000)],
    ] as const;
    hub.repositories.set(repository, { files: new Map([...tiny, ...rest]), card: { license: 'apache-2.0' } });
  });
  afterEach(async () => {
    await Promise.all(open.map((one) => one.close()));
    open = [];
    await hub.close();
    vi.unstubAllEnvs();
    fs.rmSync(home, { recursive: true, force: true });
  });

  return {
    get home() {
      return home;
    },
    get hub() {
      return hub;
    },
    models: () => path.join(home, 'models'),
    staged: () => fs.readdirSync(path.join(home, 'models', '.downloads')),
    /** One process with its downloads. */
    downloads(arrived: (folder: string) => Promise<Arrival> = async () => ({ models: [] })): Downloads {
      const made = new Downloads({ home, arrived, pauseMs: 5, report: (error) => expect.fail(String(error)) });
      open.push(made);
      return made;
    },
    offer: async (
      name = repository,
      more: { picked?: string[]; variant?: string; revision?: string } = {},
    ): Promise<Offer> => makeOffer(home, await readHub(home), { repository: name, ...more }),
  };
}

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { filesOf, type HubServer, openHubServer, revisionOf } from '../hub/hub-server';
import { template } from './ask';
import { findBrowser } from './find-browser';
import { prepareWalk } from './prepare-walk';
import { soon } from './soon';

/** A graph from elsewhere whose model is not here: the dialog, the download with its interruptions, the run, the shelf. */
const executablePath = findBrowser();
const name = 'somebody/Tiny-Wan';
const weights = 'vae/diffusion_pytorch_model.safetensors';

describe.skipIf(!executablePath)('a walk with models', () => {
  let hub: HubServer;
  beforeAll(async () => {
    hub = await openHubServer();
    const files = filesOf(path.resolve('test/parity/wan21-t2v'));
    files.set('LICENSE', new TextEncoder().encode('Everybody may use these few weights.'));
    files.set('vae/diffusion_pytorch_model.bin', new Uint8Array(50_000));
    files.set(weights.replace('.safetensors', '.fp16.safetensors'), new Uint8Array(100_000));
    hub.repositories.set(name, { files, card: { license: 'apache-2.0' } });
    // The server that is started next asks this hub.
    vi.stubEnv('HF_ENDPOINT', hub.url);
    vi.stubEnv('HF_TOKEN', '');
  });
  const walk = prepareWalk(executablePath, { own: true });
  afterAll(async () => {
    await hub.close();
    vi.unstubAllEnvs();
  });

  const graph = () => ({
    ...template('text-to-video', {
      model: { model: 'tiny-wan' },
      noise: { frames: 1, width: 32, height: 32 },
      denoiser: { steps: 1 },
    }),
    sources: [{ model: 'tiny-wan', hub: name, revision: revisionOf(name) }],
  });

  test('a missing model: the dialog, the download interrupted and resumed, the run', async () => {
    const { id, page, canvas } = await walk.opened(graph());
    const dialog = page.getByRole('dialog', { name: 'A model of this graph is not here' });
    await dialog.getByText('The model "tiny-wan" is not in the library').waitFor();
    await soon(() => dialog.innerText()).toContain('named by “Model”');
    await walk.shot(page, 'missing-model');

    // The run is refused with the same sentence, at the node.
    const refused = walk.api.runs.start.mutate({ graph: graph(), graphId: id });
    await expect(refused).rejects.toThrow('At "model": The model "tiny-wan" is not in the library');
    // Behind the dialog, hence not to be found by its role.
    const atNode = canvas.card('model').locator('[role="alert"]');
    await soon(() => atNode.innerText()).toContain('"tiny-wan" is not in the library');

    await dialog.getByRole('button', { name: /Download it/ }).click();
    const offer = dialog.getByTestId('offer');
    await offer.waitFor();
    const told = /2\.3 MB[\s\S]*apache-2\.0[\s\S]*150 kB stay behind/;
    await soon(() => offer.innerText()).toMatch(told);
    // Of plain weights and a variant one comes, and which is the person's to say.
    await offer.getByRole('button', { name: /^fp16/ }).click();
    await soon(() => offer.innerText()).toMatch(/1\.1 MB[\s\S]*apache-2\.0/);
    await offer.getByRole('button', { name: /^plain/ }).click();
    await soon(() => offer.innerText()).toMatch(told);
    await offer.getByRole('button', { name: 'apache-2.0' }).click();
    await page.getByText('Everybody may use these few weights.').waitFor();
    await page.keyboard.press('Escape');
    expect(hub.asked.some(({ host }) => host === 'store')).toBe(false);

    // The line breaks once by itself, and once because somebody presses Pause and comes back later.
    Object.assign(hub.faults, { bytesPerSecond: 500_000, cutAfter: 150_000, cuts: 1 });
    await offer.getByRole('button', { name: 'Download', exact: true }).click();
    const row = dialog.getByTestId('download');
    const share = async () => Number(await row.getByRole('progressbar').getAttribute('aria-valuenow'));
    await soon(share).toBeGreaterThan(50);
    await row.getByRole('button', { name: 'Pause' }).click();
    await soon(() => row.getAttribute('data-state')).toBe('paused');
    await page.reload();
    await row.getByText('paused').waitFor();
    await soon(() => share()).toBeGreaterThan(50);
    await walk.shot(page, 'missing-model-paused');
    hub.faults.bytesPerSecond = undefined;
    await row.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Every model of this graph is here').waitFor();
    await soon(() => dialog.count()).toBe(0);

    const large = hub.asked.filter(({ host, path: file }) => host === 'store' && file.includes('vae'));
    expect(large.at(-1)?.range).toMatch(/^bytes=[1-9]\d+-$/);
    const put = path.join(walk.skein.home, 'models/Tiny-Wan');
    const wanted = hub.repositories.get(name)?.files.get(weights) ?? new Uint8Array();
    expect(fs.readFileSync(path.join(put, weights)).equals(wanted)).toBe(true);
    expect(fs.existsSync(path.join(put, 'vae/diffusion_pytorch_model.bin'))).toBe(false);

    await soon(() => canvas.status().innerText()).toMatch(/will run/);
    expect(await canvas.run()).toMatch(/^Done in/);
  });

  test('the shelf: what a model is, its terms, who uses it, verify, remove; the graph then knows where to ask', async () => {
    const page = await walk.context.newPage();
    await page.goto(`${walk.skein.url}/library#models`);
    const tile = page.locator('[data-model="tiny-wan"]');
    await tile.waitFor();
    await soon(() => tile.innerText()).toMatch(/Denoiser\s+fp32\s+547 kB[\s\S]*somebody\/Tiny-Wan @ [0-9a-f]{8}/);
    await tile.getByRole('button', { name: 'apache-2.0' }).click();
    await page.getByText('Everybody may use these few weights.').waitFor();
    await page.keyboard.press('Escape');
    await tile.getByRole('link', { name: 'Text to video' }).waitFor();

    await tile.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menuitem', { name: 'Verify every byte' }).click();
    await tile.getByText(/verified/).waitFor();
    await walk.shot(page, 'models-shelf');

    await tile.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    const dialog = page.getByRole('dialog');
    await soon(() => dialog.innerText()).toMatch(
      /2\.3 MB in .* will be deleted[\s\S]*One graph uses it: “Text to video”/,
    );
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await soon(() => tile.count()).toBe(0);
    expect(fs.existsSync(path.join(walk.skein.home, 'models/Tiny-Wan'))).toBe(false);

    // Gosling is not Skein's to delete, and says so.
    const gosling = page.locator('[data-model="gosling"]');
    await gosling.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await page.getByText('where Skein did not put it').waitFor();
    await page.keyboard.press('Escape');

    // A graph without a note of its own: the server remembers where that model had come from. Another one is used.
    const { sources: _, ...bare } = graph();
    const opened = await walk.opened(bare);
    const missing = opened.page.getByTestId('missing-model');
    await missing.getByText(`from ${name}`).waitFor();
    await missing.getByRole('button', { name: /Use another/ }).click();
    await missing.getByRole('button', { name: /Gosling/ }).click();
    await soon(() => opened.page.getByRole('dialog').count()).toBe(0);
    await soon(() => opened.canvas.card('model').getByRole('combobox').first().innerText()).toContain('Gosling');
  });
});

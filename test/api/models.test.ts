import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withSources } from '../../nodes/named-models';
import { callerFor } from '../../server/api/root';
import { localViewer } from '../../server/store/database';
import { template } from '../browser/ask';
import { revisionOf } from '../hub/hub-server';
import { prepareHub, repository } from '../hub/prepare-hub';
import { saveSingles } from '../inference/layouts';
import { type LocalServer, openLocalServer } from './local-server';

prepareHub();
let server: LocalServer;
let elsewhere = '';
beforeEach(async () => {
  server = await openLocalServer([]);
  // The library's own folder is one of those that are searched, as from `modelFolders()`.
  Object.assign(server.services.library.places, { modelFolders: [path.join(server.home, 'models')] });
  elsewhere = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'skein-elsewhere-'));
});
afterEach(async () => {
  await server.close();
  fs.rmSync(elsewhere, { recursive: true, force: true });
});
const api = () => callerFor({ viewer: localViewer, services: server.services });
const shelfOf = async (id: string) => (await api().models.shelf()).find(({ card }) => card.id === id);

test('from the hub to the shelf and out again; who uses it, and where it came from, is known all along', async () => {
  const { id } = await api().hub.get({ repository });
  await server.services.downloads.ended(id);
  expect(await api().hub.downloads()).toMatchObject([{ state: 'done', models: ['tiny-wan'] }]);
  const graph = template('text-to-video', { model: { model: 'tiny-wan' } });
  const noted = withSources(graph, await server.services.library.models());
  const source = { hub: repository, revision: revisionOf(repository) };
  expect(noted.sources).toEqual([{ model: 'tiny-wan', ...source }]);
  const saved = await api().graphs.create({ graph: noted });
  expect((await api().graphs.get({ id: saved.id })).graph.sources).toEqual(noted.sources);

  const model = await shelfOf('tiny-wan');
  expect(model).toMatchObject({
    kind: 'folder',
    licence: { id: 'apache-2.0', hasText: true },
    usedBy: [{ id: saved.id, name: 'Text to video' }],
    removal: { kind: 'delete', also: [] },
    card: { source },
  });
  expect(model?.bytes).toBeGreaterThan(2_000_000);
  expect((await api().models.licence({ id: 'tiny-wan' })).text).toContain('granted to everybody');

  await api().models.verify({ id: 'tiny-wan' });
  await vi.waitFor(async () => expect((await shelfOf('tiny-wan'))?.verification?.state).toBe('good'), 10_000);
  await api().models.remove({ id: 'tiny-wan' });
  expect(await api().models.shelf()).toEqual([]);
  // Forgotten by the disk, not by the database.
  expect(await api().models.sources({ ids: ['tiny-wan', 'other'] })).toEqual({ 'tiny-wan': source });
});

describe('what lies elsewhere', () => {
  test('a folder of files is linked and unlinked; its files stay', async () => {
    await saveSingles('wan21-t2v', elsewhere);
    const { models, wasThere } = await api().models.add({ path: elsewhere });
    expect([models.map(({ id }) => id), wasThere]).toEqual([['wan21-t2v'], false]);
    expect(await shelfOf('wan21-t2v')).toMatchObject({ kind: 'files', files: 3, removal: { kind: 'unlink' } });
    await api().models.remove({ id: 'wan21-t2v' });
    expect(await api().models.shelf()).toEqual([]);
    expect(fs.existsSync(path.join(elsewhere, 'diffusion_models/wan21-t2v.safetensors'))).toBe(true);
  });

  test('single files, one after another: parts wait for the model they fit', async () => {
    await saveSingles('wan21-t2v', elsewhere);
    const add = (file: string) => api().models.add({ path: path.join(elsewhere, file) });
    expect((await add('vae/wan21-t2v-vae.safetensors')).says).toMatch(/holds a VAE\. Models that fit it will use it/);
    const early = await add('diffusion_models/wan21-t2v.safetensors');
    expect(early.models[0]?.broken).toMatch(/a text encoder that fits this model is missing/);
    // A folder of parts will do, and is linked once however often it is added.
    expect((await add('text_encoders')).says).toMatch(/text_encoders holds a text encoder\. Models that fit it/);
    expect((await add('text_encoders')).wasThere).toBe(true);
    expect((await shelfOf('wan21-t2v'))?.card.broken).toBeUndefined();
    expect((await shelfOf('wan21-t2v'))?.card.mates?.map(({ others }) => others.length)).toEqual([0, 0]);
  });

  test('a model whose file has changed says so, and may be accepted', async () => {
    fs.cpSync('test/parity/wan22-ti2v', path.join(elsewhere, 'changed'), { recursive: true });
    await api().models.add({ path: path.join(elsewhere, 'changed') });
    fs.appendFileSync(path.join(elsewhere, 'changed/vae/config.json'), ' ');
    await api().models.verify({ id: 'changed' });
    const state = async () => (await shelfOf('changed'))?.verification;
    await vi.waitFor(async () => expect(await state()).toMatchObject({ state: 'bad', isChanged: true }), 10_000);
    expect((await shelfOf('changed'))?.card.broken).toMatch(/MODEL_DIGEST_MISMATCH.*vae\/config\.json/);
    await api().models.verify({ id: 'changed', accept: true });
    await vi.waitFor(async () => expect(await state()).toMatchObject({ state: 'good' }), 10_000);
  });

  test('what cannot be added says why, and nothing stays', async () => {
    fs.writeFileSync(path.join(elsewhere, 'model.ckpt'), 'a pickle');
    fs.writeFileSync(path.join(elsewhere, 'evil.safetensors'), '\x80\x04a pickle by another name');
    const add = (file: string) => api().models.add({ path: path.join(elsewhere, file) });
    await expect(add('model.ckpt')).rejects.toThrow(/pickle.*Use the \.safetensors version/);
    await expect(add('evil.safetensors')).rejects.toThrow(/evil\.safetensors/);
    await expect(add('nope')).rejects.toThrow(/nothing of this name/);
    await expect(api().models.add({ path: 'relative/path' })).rejects.toThrow(/Write the whole path/);
    expect(
      fs.existsSync(path.join(server.home, 'models')) && fs.readdirSync(path.join(server.home, 'models')),
    ).toBeFalsy();
  });
});

test('the token goes in by the page and comes out nowhere', async () => {
  await api().hub.configure({ token: 'hf_canary_42' });
  expect(await api().hub.settings()).toMatchObject({ hasToken: true, fixed: { endpoint: true, token: false } });
  const answers = [
    await server.procedure('hub.settings', null),
    await server.procedure('hub.offer', { repository }),
    await server.procedure('hub.offer', { repository: 'no/such' }),
    await server.procedure('hub.configure', { token: 'with spaces hf_canary_43' }),
  ];
  for (const answer of answers) expect(await answer.text()).not.toContain('canary');
  await expect(api().hub.offer({ repository: 'no/such' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

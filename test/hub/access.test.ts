import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readRepositoryName } from '../../server/hub/file-names';
import { readHub, readHubSettings, saveHub } from '../../server/hub/settings';
import { filesOf } from './hub-server';
import { prepareHub, repository } from './prepare-hub';

const set = prepareHub();

describe('who asks', () => {
  const secret = 'hf_canary_0123456789';
  const asGated = () =>
    set.hub.repositories.set(repository, {
      ...set.hub.repositories.get(repository)!,
      gated: 'manual',
      admits: [secret],
    });

  test('a gated repository says what to do: no token, the wrong one, the right one', async () => {
    asGated();
    await expect(set.offer()).rejects.toThrow(/gated, private or not there.*agree to its terms at http.*HF_TOKEN/s);
    vi.stubEnv('HF_TOKEN', 'hf_not_admitted');
    await expect(set.offer()).rejects.toThrow(/knows you, but you may not have maintainers\/Tiny-Wan yet/);
    vi.stubEnv('HF_TOKEN', secret);
    const one = set.downloads();
    expect((await set.offer()).isGated).toBe(true);
    expect(await one.ended(await one.start(await set.offer()))).toMatchObject({ state: 'done' });
    await expect(set.offer('no/such')).rejects.toThrow(/There is no no\/such at 127\.0\.0\.1/);
    await expect(set.offer(repository, { revision: 'v9' })).rejects.toThrow(/no maintainers\/Tiny-Wan at revision v9/);
  });

  test('the token goes to the hub alone, and is written down nowhere but in its file', async () => {
    asGated();
    vi.stubEnv('HF_ENDPOINT', '');
    await saveHub(set.home, { endpoint: set.hub.url, token: secret });
    const one = set.downloads();
    await one.ended(await one.start(await set.offer()));
    expect(set.hub.asked.filter(({ host }) => host === 'store').length).toBeGreaterThan(2);
    expect(set.hub.asked.filter(({ host, authorization }) => host === 'store' && authorization)).toEqual([]);
    expect(
      set.hub.asked.every(({ host, authorization }) => host === 'store' || authorization === `Bearer ${secret}`),
    ).toBe(true);
    expect(JSON.stringify([await one.list(), await readHubSettings(set.home), await set.offer()])).not.toContain(
      'canary',
    );
    const holding = [...filesOf(set.home)]
      .filter(([, bytes]) => Buffer.from(bytes).includes(secret))
      .map(([file]) => file);
    expect(holding).toEqual(['hub.json']);
    expect(fs.statSync(path.join(set.home, 'hub.json')).mode & 0o077).toBe(0);
  });

  test('a token belongs to the address it was given for', async () => {
    await saveHub(set.home, { endpoint: 'https://hub.example', token: secret });
    vi.stubEnv('HF_ENDPOINT', '');
    expect(await readHub(set.home)).toEqual({ endpoint: 'https://hub.example' });
    await saveHub(set.home, { token: secret });
    expect(await readHub(set.home)).toEqual({ endpoint: 'https://hub.example', token: secret });
    await saveHub(set.home, { endpoint: 'https://elsewhere.example' });
    expect(await readHub(set.home)).toEqual({ endpoint: 'https://elsewhere.example' });
    vi.stubEnv('HF_TOKEN', 'hf_of_the_environment');
    expect(await readHub(set.home)).toEqual({ endpoint: 'https://elsewhere.example' });
    await saveHub(set.home, { endpoint: '' });
    expect(await readHub(set.home)).toEqual({ endpoint: 'https://huggingface.co', token: 'hf_of_the_environment' });
    expect(await readHubSettings(set.home)).toMatchObject({ hasToken: true, fixed: { endpoint: false, token: true } });
    for (const wrong of ['ftp://x', 'https://me:secret@x', 'nonsense', 'file:///etc'])
      await expect(saveHub(set.home, { endpoint: wrong })).rejects.toThrow(/is no address of a hub/);
    await expect(saveHub(set.home, { token: 'two words' })).rejects.toThrow(/no access token/);
  });

  test('a hub that is away, busy, or no hub at all', async () => {
    set.hub.faults.status = 429;
    await expect(set.offer()).rejects.toThrow(/too many requests/);
    set.hub.faults.status = 503;
    await expect(set.offer()).rejects.toThrow(/status 503\. Try again later/);
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    await expect(set.offer()).rejects.toThrow(/127\.0\.0\.1:9 cannot be reached/);
  });
});

test('names of repositories, as people write them', () => {
  for (const [given, wanted] of [
    ['Wan-AI/Wan2.1-T2V-1.3B-Diffusers', { name: 'Wan-AI/Wan2.1-T2V-1.3B-Diffusers' }],
    ['https://huggingface.co/Wan-AI/Wan2.1', { name: 'Wan-AI/Wan2.1' }],
    ['https://huggingface.co/Wan-AI/Wan2.1/tree/v1/', { name: 'Wan-AI/Wan2.1', revision: 'v1' }],
    [' a/b@main ', { name: 'a/b', revision: 'main' }],
  ] as const)
    expect(readRepositoryName(given)).toEqual(wanted);
  for (const wrong of ['', 'gosling', 'a/b/c', '../a', 'a/../b', 'a/b@../../x', 'datasets/a/b', 'a b/c', '-a/b'])
    expect(() => readRepositoryName(wrong), wrong).toThrow(/Write owner\/name/);
});

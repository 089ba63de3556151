import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchFile } from '../../server/hub/fetch-file';
import { readHub } from '../../server/hub/settings';
import { prepareHub, repository, tiny, weights } from './prepare-hub';

const set = prepareHub();

/** A real file system of a megabyte, where this process may make one. */
const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-small-disk-'));
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status === 0;
beforeAll(() => {
  if (!isMounted) console.log('The test of a full disk needs a small file system, which this process may not make.');
});
afterAll(() => {
  if (isMounted) spawnSync('umount', [disk]);
  fs.rmSync(disk, { recursive: true, force: true });
});

describe.skipIf(!isMounted)('a disk that fills up on the way', () => {
  test('says so, keeps what has come, and goes on once there is room', async () => {
    const { take, name, revision } = await set.offer();
    const file = take.find((one) => one.path === weights);
    if (!file) throw new Error('The fixture has no such file.');
    const filler = path.join(disk, 'filler');
    fs.writeFileSync(filler, new Uint8Array(300_000));
    const hub = await readHub(set.home);
    const part = path.join(disk, 'part');
    const signal = new AbortController().signal;
    const wanted = { hub, name, revision, file, part, signal, onBytes: () => {}, pauseMs: 5 };
    await expect(fetchFile(wanted)).rejects.toThrow(/The disk is full: .*part could not be written.*is kept/);
    const kept = fs.statSync(part).size;
    expect(kept).toBeGreaterThan(400_000);
    fs.rmSync(filler);
    // Room for the rest, too.
    spawnSync('mount', ['-o', 'remount,size=4m', disk]);
    expect(await fetchFile(wanted)).toBe(file.sha256);
    expect(fs.readFileSync(part).equals(tiny.get(weights) ?? new Uint8Array())).toBe(true);
    const pieces = set.hub.asked.filter(
      ({ host, path: asked }) => host === 'store' && asked.startsWith(`/${repository}`),
    );
    expect(Number(/\d+/.exec(pieces.at(-1)?.range ?? '')?.[0])).toBeGreaterThanOrEqual(400_000);
  });
});

import fs from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flatPng, truncatedJpeg } from '../security/bombs';
import { bootstrap, Skein } from './skein';

let skein: Skein;
beforeAll(async () => {
  bootstrap();
  skein = await Skein.spawn(['--no-worker', '--port', '3950']).ready();
});
afterAll(async () => {
  await skein.stop();
  skein.forget();
});

const upload = (bytes: Uint8Array) => {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(bytes)]), 'a.png');
  return fetch(`${skein.url}/api/assets`, { method: 'POST', headers: { 'x-skein': '1' }, body: form });
};

test.skipIf(process.platform !== 'linux')(
  'the built server shows and refuses pictures, and has no decoder in it',
  async () => {
    const taken = await upload(await flatPng(800, 600));
    expect(taken.status).toBe(201);
    const { id } = (await taken.json()) as { id: string };
    const thumb = await fetch(`${skein.url}/api/assets/${id}?thumb=1`);
    expect([thumb.status, thumb.headers.get('content-type')]).toEqual([200, 'image/webp']);
    expect(Buffer.from(await thumb.arrayBuffer()).toString('latin1', 8, 12)).toBe('WEBP');
    const refused = await upload(await truncatedJpeg());
    expect([refused.status, await refused.json()]).toEqual([415, expect.objectContaining({ code: 'broken' })]);
    const maps = fs.readFileSync(`/proc/${skein.children().web}/maps`, 'utf8');
    expect(maps).toContain('libsql');
    expect(maps).not.toMatch(/libvips|sharp-/);
  },
);

import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Graph } from '../../nodes/graph';
import { ask } from './ask';
import { CanvasPage } from './canvas';
import { picture } from './gestures';
import { newContext, sharedSkein } from './shared';
import { type Running, startSkein } from './start-skein';
import { tellPages } from './tell-pages';

const shots = process.env['SKEIN_SHOTS'];

/**
 * A server and a browser for the tests of one file; every test begins without tabs. `SKEIN_SHOTS` names a folder for pictures.
 *
 * Other files were at this server before: there are graphs and results in its library, and what they computed is in its
 * cache. A file that must be the first has `own`.
 */
export function prepareWalk(executablePath: string | null, { own = false } = {}) {
  let skein: Running;
  let context: BrowserContext;
  let api: ReturnType<typeof ask>;
  let red: string;

  beforeAll(async () => {
    [skein, context] = await Promise.all([own ? startSkein() : sharedSkein(), newContext(executablePath!)]);
    api = ask(skein.url);
    context.setDefaultTimeout(30_000);
    red = (await sent('red.png', await picture('red'))).body.sha256;
  });
  afterEach(async (test) => {
    await tellPages(test, context);
    await context.setOffline(false);
    await Promise.all(context.pages().map((page) => page.close()));
  });
  afterAll(async () => {
    await context?.close();
    if (own) await skein?.stop();
  });

  async function sent(name: string, bytes: Uint8Array, type = 'image/png') {
    const form = new FormData();
    form.set('file', new File([Uint8Array.from(bytes)], name, { type }));
    const answer = await fetch(`${skein.url}/api/assets`, { method: 'POST', headers: { 'x-skein': '1' }, body: form });
    return { status: answer.status, body: await answer.json() };
  }

  async function opened(graph: Graph): Promise<{ id: string; page: Page; canvas: CanvasPage }> {
    const { id } = await api.graphs.create.mutate({ graph });
    return { id, ...(await visited(id)) };
  }

  async function visited(id: string): Promise<{ page: Page; canvas: CanvasPage }> {
    const page = await context.newPage();
    const canvas = new CanvasPage(page);
    await page.goto(`${skein.url}/graph/${id}`);
    await page.locator('.react-flow__node').first().waitFor();
    await canvas.saved();
    return { page, canvas };
  }

  const shot = async (page: Page, name: string) => {
    if (shots) await page.screenshot({ path: path.join(shots, `${name}.png`) });
  };

  return {
    sent,
    opened,
    visited,
    shot,
    get skein() {
      return skein;
    },
    get context() {
      return context;
    },
    get api() {
      return api;
    },
    /** The digest of a red picture that has been uploaded. */
    get red() {
      return red;
    },
  };
}

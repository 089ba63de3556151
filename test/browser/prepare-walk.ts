import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Graph } from '../../nodes/graph';
import { ask } from './ask';
import { CanvasPage } from './canvas';
import { startBrowser } from './find-browser';
import { picture } from './gestures';
import { type Running, startSkein } from './start-skein';
import { tellPages } from './tell-pages';

const shots = process.env['SKEIN_SHOTS'];

/** A server and a browser for the tests of one file; every test begins without tabs. `SKEIN_SHOTS` names a folder for pictures. */
export function prepareWalk(executablePath: string | null) {
  let skein: Running;
  let browser: Browser;
  let context: BrowserContext;
  let api: ReturnType<typeof ask>;
  let red: string;

  beforeAll(async () => {
    skein = await startSkein();
    api = ask(skein.url);
    browser = await startBrowser(executablePath!);
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
    context.setDefaultTimeout(30_000);
    red = (await sent('red.png', await picture('red'))).body.sha256;
  });
  afterEach(async (test) => {
    await tellPages(test, context);
    await context.setOffline(false);
    await Promise.all(context.pages().map((page) => page.close()));
  });
  afterAll(async () => {
    await browser?.close();
    await skein?.stop();
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
    get browser() {
      return browser;
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

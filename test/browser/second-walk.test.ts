import fs from 'node:fs';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Graph } from '../../nodes/graph';
import { ask, pictureGraph, template } from './ask';
import { CanvasPage } from './canvas';
import { findBrowser } from './find-browser';
import { type Running, startSkein } from './start-skein';

/** What happens on a bad day, and in the corners: failures, queues, a server that is away, hostile files and words. */
const executablePath = findBrowser();
const soon = <T>(look: () => T, limit = 20_000) => expect.poll(look, { timeout: limit, interval: 40 });
const shots = process.env['SKEIN_SHOTS'];

describe.skipIf(!executablePath)('a second walk, off the path', () => {
  let skein: Running;
  let browser: Browser;
  let context: BrowserContext;
  let api: ReturnType<typeof ask>;
  let red: string;

  beforeAll(async () => {
    skein = await startSkein();
    api = ask(skein.url);
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    });
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
    context.setDefaultTimeout(15_000);
    red = (await sent('red.png', await picture('red'))).body.sha256;
  });
  afterEach(async () => {
    await context.setOffline(false);
    await Promise.all(context.pages().map((page) => page.close()));
  });
  afterAll(async () => {
    await browser?.close();
    await skein?.stop();
  });

  const picture = (background: string) =>
    sharp({ create: { width: 48, height: 48, channels: 3, background } })
      .png()
      .toBuffer();

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

  /** Lets files go over the canvas, as from a folder. */
  const drop = (page: Page, name: string, type: string, text: string) =>
    page.evaluate(
      (file) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([file.text], file.name, { type: file.type }));
        document
          .querySelector('.canvas')
          ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, clientX: 700, clientY: 500 }));
      },
      { name, type, text },
    );

  const paste = (page: Page, text: string) =>
    page.evaluate((words) => {
      const data = new DataTransfer();
      data.setData('text/plain', words);
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
    }, text);

  const steps = (canvas: CanvasPage) =>
    canvas.card('denoiser').getByRole('slider', { name: 'Steps', exact: true }).getAttribute('aria-valuenow');

  test('an older version is brought back, and the newer one stays in the history', async () => {
    const { page, canvas } = await opened(template('text-to-video'));
    for (const count of ['7', '9']) {
      await canvas.setNumber('denoiser', 'Steps', count);
      await canvas.saved();
    }
    await page.getByLabel('Versions of this graph').click();
    const versions = page.getByRole('complementary', { name: 'Versions' }).getByRole('listitem');
    await soon(() => versions.count()).toBe(3);
    const back = async (index: number) => {
      await versions.nth(index).hover();
      await versions.nth(index).getByRole('button', { name: 'Go back' }).click();
    };
    await back(1);
    await soon(() => steps(canvas)).toBe('7');
    await soon(() => versions.count()).toBe(4);
    expect(await versions.first().innerText()).toMatch(/4\s+Restored/);
    await shot(page, 'versions');
    await back(1);
    await soon(() => steps(canvas)).toBe('9');
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await soon(() => steps(canvas)).toBe('7');
    await canvas.saved();
    await page.reload();
    await soon(() => steps(canvas)).toBe('7');
  });

  test('runs of several tabs wait in line, each knows its place, and each can be taken back', async () => {
    const long = await opened({ ...template('text-to-video', { denoiser: { steps: 1000 } }), name: 'Long' });
    await long.canvas.runButton().click();
    await soon(() => long.canvas.state('denoiser').innerText(), 40_000).toMatch(/of 1000/);
    const next = await opened(pictureGraph(red, 'Next'));
    await next.canvas.runButton().click();
    await soon(() => next.canvas.status().innerText()).toMatch(/Queued\n1 ahead/);
    const last = await opened(pictureGraph(red, 'Last'));
    await last.canvas.runButton().click();
    await soon(() => last.canvas.status().innerText()).toMatch(/Queued\n2 ahead/);
    await shot(last.page, 'queued');
    // Within the time of a double click a press on what was Run takes nothing back.
    await last.page.waitForTimeout(400);
    await last.page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await soon(() => last.canvas.status().innerText()).toMatch(/^Cancelled/);

    // The same graph once more, while it runs: it waits in the list of its runs, and is taken back there.
    await long.page.bringToFront();
    await long.page.keyboard.press('Control+Enter');
    await long.page.getByText('It starts when the run before it is done.').waitFor();
    await long.page.getByLabel('Runs and results').click();
    const rows = long.page.getByRole('complementary', { name: 'Runs' }).getByRole('listitem');
    await soon(() => rows.count()).toBe(2);
    await shot(long.page, 'runs');
    await rows.filter({ hasText: 'Waiting' }).hover();
    await rows.filter({ hasText: 'Waiting' }).getByLabel('Cancel this run').click();
    await soon(() => rows.filter({ hasText: 'Cancelled' }).count()).toBe(1);
    expect(await long.canvas.state('denoiser').innerText()).toMatch(/of 1000/);

    await long.page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await soon(() => long.canvas.status().innerText()).toMatch(/^Cancelled/);
    await soon(() => next.canvas.status().innerText()).toMatch(/^Done in/);
    expect((await api.runs.queue.query()).length).toBe(0);
  });

  test('an upload that is not there is said on its card and in the dock; with a right one it runs', async () => {
    const { page, canvas } = await opened(pictureGraph('f'.repeat(64)));
    await canvas.runButton().click();
    await soon(() => canvas.card('image').getByRole('alert').innerText()).toMatch(/no longer on disk.*upload it anew/);
    await shot(page, 'missing-upload');
    await canvas
      .card('image')
      .locator('input[type="file"]')
      .setInputFiles({ name: 'blue.png', mimeType: 'image/png', buffer: await picture('blue') });
    await soon(() => canvas.card('image').getByRole('alert').count()).toBe(0);
    expect(await canvas.status().innerText()).not.toMatch(/^Failed/);
    expect(await canvas.run()).toMatch(/^Done in/);
    await soon(() =>
      canvas
        .card('still')
        .locator('img')
        .evaluate((image: HTMLImageElement) => image.naturalWidth),
    ).toBe(48);
  });

  test('an upload that rotted on disk fails its card with a sentence, and the next run works', async () => {
    const { body } = await sent('green.png', await picture('green'));
    const blob = path.join(skein.home, 'blobs', body.sha256.slice(0, 2), body.sha256);
    const bytes = fs.readFileSync(blob);
    bytes[bytes.length - 20]! ^= 0xff;
    fs.chmodSync(blob, 0o600);
    fs.writeFileSync(blob, bytes);
    const { page, canvas } = await opened(pictureGraph(body.sha256, 'Rotten'));
    await canvas.runButton().click();
    await soon(() => canvas.status().innerText()).toMatch(/^Failed/);
    expect(await canvas.state('image').innerText()).toBe('failed');
    const says = await canvas.card('image').getByRole('alert').locator('p').first().innerText();
    expect(says).toMatch(/damaged on disk.*upload it anew/);
    expect(await canvas.status().innerText()).toMatch(/^Failed at Image/);
    await canvas.card('image').getByText('No preview of this file').waitFor();
    await shot(page, 'failed');
    await page.setViewportSize({ width: 1024, height: 640 });
    await shot(page, 'failed-small');
    await canvas
      .card('image')
      .locator('input[type="file"]')
      .setInputFiles({ name: 'red.png', mimeType: 'image/png', buffer: await picture('yellow') });
    expect(await canvas.run()).toMatch(/^Done in/);
    expect(await canvas.card('image').getByRole('alert').count()).toBe(0);
  });

  test('the library: search, rename, duplicate, delete and bring back', async () => {
    const page = await context.newPage();
    const name = 'Quiet harbour';
    await api.graphs.create.mutate({ graph: pictureGraph(red, name) });
    await page.goto(`${skein.url}/library`);
    await page.getByLabel('Search by name').fill('quiet');
    const tiles = page.getByRole('article');
    const choose = async (of: string, what: string) => {
      await page.getByLabel(`More for ${of}`, { exact: true }).click();
      await page.getByRole('menuitem', { name: what }).click();
    };
    await soon(() => tiles.count()).toBe(1);
    await choose(name, 'Rename');
    await page.getByLabel('New name').fill('Quiet storm');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name, exact: true }).waitFor();
    await choose(name, 'Rename');
    await page.getByLabel('New name').fill('Quiet lake');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Quiet lake', exact: true }).waitFor();
    const renamed = (await api.graphs.list.query()).find((graph) => graph.name === 'Quiet lake');
    expect(renamed?.version).toBe(2);
    await choose('Quiet lake', 'Duplicate');
    await soon(() => tiles.count()).toBe(2);
    await shot(page, 'library');
    await choose('Quiet lake (copy)', 'Delete');
    await soon(() => tiles.count()).toBe(1);
    await page.getByRole('button', { name: 'Bring back' }).click();
    await soon(() => tiles.count()).toBe(2);
    await page.getByLabel('Search by name').fill('no such thing');
    await page.getByText('Nothing by that name').waitFor();
    expect((await api.graphs.list.query()).map((graph) => graph.name)).not.toContain('Quiet storm');
  });

  test('a graph saved as a file, dropped again, is the same graph', async () => {
    const plain = template('two-samplers');
    const groups = [{ id: 'frame', title: 'First half', at: { x: -30, y: -60 }, size: { x: 400, y: 500 } }];
    const { id, page, canvas } = await opened({ ...plain, layout: { ...plain.layout, groups } });
    await page.getByLabel('Versions of this graph').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as file' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^[a-z-]+\.json$/);
    const text = fs.readFileSync(await download.path(), 'utf8');
    await drop(page, download.suggestedFilename(), 'application/json', text);
    await soon(() => page.url()).not.toContain(id);
    await canvas.opened();
    const made = await api.graphs.get.query({ id: page.url().split('/').pop()! });
    expect(made.graph).toEqual((await api.graphs.get.query({ id })).graph);

    // The same words pasted lay a second set of cards beside the first.
    const cards = await canvas.cards();
    await paste(page, text);
    await soon(() => canvas.cards()).toBe(2 * cards);
    await canvas.saved();
    const { graph } = await api.graphs.get.query({ id: made.id });
    expect(graph.layout.groups.length).toBe(2);
    expect(graph.wires.length).toBe(2 * made.graph.wires.length);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await soon(() => canvas.cards()).toBe(cards);

    await drop(page, 'broken.json', 'application/json', '{"format": "skein-graph", ');
    await page.getByText('not valid JSON').waitFor();
    await paste(page, '{"format": "skein-graph", "version": 1, "nodes": 7}');
    await page.getByText('Nothing to paste').waitFor();
    expect(await canvas.cards()).toBe(cards);
  });

  test('a server that is away costs nothing: edits wait, and are saved when it is back', async () => {
    const { id, page, canvas } = await opened(template('text-to-video', { noise: { frames: 1 } }));
    const draft = `skein.draft.${id}`;
    await context.setOffline(true);
    await canvas.setNumber('denoiser', 'Steps', '11');
    const state = page.getByTestId('save-state');
    await state.getByText('Not saved yet').waitFor();
    expect(await state.getAttribute('data-hint')).toContain('Nothing on this page is lost');
    await canvas.runButton().click();
    await page.getByText('The server did not answer').first().waitFor();
    expect(await page.evaluate((key) => localStorage.getItem(key), draft)).toContain('"steps":11');
    await shot(page, 'offline');
    await canvas.setNumber('denoiser', 'Steps', '12');
    await context.setOffline(false);
    await canvas.saved();
    expect(await steps(canvas)).toBe('12');
    expect(await page.evaluate((key) => localStorage.getItem(key), draft)).toBeNull();
    expect(await canvas.run()).toMatch(/^Done in/);
  });

  test('a tab that dies with unsaved work has it again, even when another tab was faster', async () => {
    const { id, page, canvas } = await opened(template('text-to-video'));
    const stored = () => api.graphs.get.query({ id });
    /** The renderer is killed before it could save, as by a full memory. */
    const crash = async (dying: Page) => {
      await context.route('**/api/trpc/graphs.save**', (route) => route.abort());
      await new CanvasPage(dying).setNumber('denoiser', 'Steps', dying === page ? '13' : '15');
      await dying.getByTestId('save-state').getByText('Not saved yet').waitFor();
      const died = dying.waitForEvent('crash');
      // It is never answered: the page that should answer is gone.
      void (await context.newCDPSession(dying)).send('Page.crash').catch(() => undefined);
      await died;
      await dying.close();
      await context.unrouteAll();
    };
    expect(await steps(canvas)).toBe('20');
    await crash(page);
    expect((await stored()).version).toBe(1);
    const again = await visited(id);
    expect(await steps(again.canvas)).toBe('13');
    await soon(async () => (await stored()).version).toBe(2);

    await crash(again.page);
    const { graph, head } = await stored();
    await api.graphs.save.mutate({ id, graph: { ...graph, about: 'Changed elsewhere.' }, baseVersion: head });
    const third = await context.newPage();
    const there = new CanvasPage(third);
    await third.goto(`${skein.url}/graph/${id}`);
    await third.getByText('theirs is version 3, yours 4').waitFor();
    expect(await steps(there)).toBe('15');
    await shot(third, 'conflict');
    await third.setViewportSize({ width: 1024, height: 640 });
    await shot(third, 'conflict-small');
    await third.getByRole('button', { name: 'Open theirs' }).click();
    await soon(() => steps(there)).toBe('13');
    await there.saved();
    await third.getByRole('button', { name: 'Undo', exact: true }).click();
    await soon(() => steps(there)).toBe('15');
    await soon(async () => (await stored()).version).toBe(5);
  });

  test('the palette by keyboard alone, as the help says; keys in a field stay in the field', async () => {
    const { page, canvas } = await opened(pictureGraph(red));
    await page.keyboard.press('?');
    const help = page.getByRole('dialog');
    await help.getByText('Keys and gestures').waitFor();
    const told = await help.innerText();
    for (const key of ['Space', 'Tab', 'Escape', 'Delete']) expect(told, key).toContain(key);
    await page.keyboard.press('Escape');
    await soon(() => help.count()).toBe(0);

    const palette = page.getByTestId('palette');
    await page.mouse.move(700, 600);
    for (const key of ['Space', 'Tab']) {
      await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
      await page.keyboard.press(key);
      await palette.waitFor();
      await page.keyboard.press('Escape');
      await soon(() => palette.count()).toBe(0);
    }
    await page.keyboard.press('Space');
    await palette.waitFor();
    const entries = palette.getByRole('option');
    const second = await entries.nth(1).getAttribute('data-value');
    await page.keyboard.press('ArrowDown');
    await soon(() => palette.locator('[aria-selected="true"]').getAttribute('data-value')).toBe(second);
    await page.keyboard.type('promp');
    await soon(() => palette.locator('[aria-selected="true"]').getAttribute('data-value')).toBe('Prompt');
    await page.keyboard.press('Enter');
    await canvas.card('prompt').waitFor();
    expect(await canvas.cards()).toBe(3);

    const words = canvas.card('prompt').locator('[data-words]');
    await words.click();
    await page.keyboard.type('a ball');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Home');
    await page.keyboard.press('Delete');
    await page.keyboard.press('Space');
    await page.keyboard.press('t');
    expect(await words.inputValue()).toBe(' t bal');
    await page.keyboard.press('Control+z');
    expect(await canvas.cards()).toBe(3);
    expect(await palette.count()).toBe(0);
    expect(await words.inputValue()).not.toBe(' t bal');
    expect(await canvas.card('prompt').count()).toBe(1);
  });

  test('who asked for less motion gets none', async () => {
    const still = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    try {
      const page = await still.newPage();
      const canvas = new CanvasPage(page);
      const { id } = await api.graphs.create.mutate({ graph: template('text-to-video', { denoiser: { steps: 901 } }) });
      await page.goto(`${skein.url}/graph/${id}`);
      await canvas.opened();
      await canvas.runButton().click();
      await soon(() => canvas.state('denoiser').innerText(), 40_000).toMatch(/of 901/);
      await page.locator('.wire-flow').first().waitFor({ state: 'attached' });
      await soon(() =>
        page.evaluate(() =>
          document
            .getAnimations()
            .filter((one) => one.playState === 'running')
            .map((one) => (one instanceof CSSAnimation ? one.animationName : String(one))),
        ),
      ).toEqual([]);
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await soon(() => canvas.status().innerText()).toMatch(/^Cancelled/);
    } finally {
      await still.close();
    }
  });

  test('hostile words are words', async () => {
    const evil = '<img src=x onerror="window.pwned=1"><a href="javascript:window.pwned=2">javascript:alert(1)</a>';
    const plain = pictureGraph(red, evil);
    const nodes = plain.nodes.map((node) => ({ ...node, title: evil.slice(0, 150) }));
    const at = { x: 0, y: -260 };
    const notes = [{ id: 'note', text: `${evil} **${evil}**`, at, size: { x: 400, y: 120 } }];
    const groups = [{ id: 'frame', title: evil, at: { x: -20, y: -20 }, size: { x: 300, y: 300 } }];
    const { page, canvas } = await opened({ ...plain, nodes, layout: { ...plain.layout, notes, groups } });
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs += 1;
      return dialog.dismiss();
    });
    expect(await page.locator('.react-flow__node-note').innerText()).toContain('<img src=x onerror=');
    expect(await canvas.card('image').locator('h3').innerText()).toContain('<img src=x');
    await page.goto(`${skein.url}/library`);
    await page.getByText('<img src=x').first().waitFor();
    expect(await page.locator('[href^="javascript:"], [onerror]').count()).toBe(0);
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    expect(dialogs).toBe(0);
  });

  test('a page posing as a picture is refused, and no file opened by itself can run anything', async () => {
    const script = '<script>window.pwned=1;fetch("/api/health?canary")</script>';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>window.pwned=1</script></svg>`;
    const { page, canvas } = await opened(pictureGraph(red));
    for (const text of [`<!doctype html>${script}`, svg]) {
      await drop(page, 'innocent.png', 'image/png', text);
      await page.getByText('innocent.png was not taken').first().waitFor();
    }
    expect(await canvas.cards()).toBe(2);
    // A real picture with a page behind its last byte is a picture still.
    const both = Buffer.concat([await picture('tomato'), Buffer.from(`<html>${script}</html>`)]);
    const { status, body } = await sent('both.html', both, 'text/html');
    expect(status).toBeLessThan(300);
    const calls: string[] = [];
    page.on('request', (request) => calls.push(request.url()));
    const answer = await page.goto(`${skein.url}/api/assets/${body.id}`);
    expect(answer?.headers()['content-security-policy']).toContain('sandbox');
    expect(answer?.headers()['content-type']).toBe('image/png');
    expect(calls.some((url) => url.includes('canary'))).toBe(false);
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  });

  test('a graph for a model that is not here says so, and runs once another is chosen', async () => {
    const small = { noise: { frames: 1 }, denoiser: { steps: 1 } };
    const { page, canvas } = await opened(template('text-to-video', { ...small, model: { model: 'nope' } }));
    const says = canvas.card('model').getByRole('alert');
    expect(await says.innerText()).toContain('"nope" is not in the library');
    // The words lengthen the card over the one below it; they must lie on top.
    const lowest = await says.evaluate((words) => {
      const { left, bottom } = words.getBoundingClientRect();
      return words.contains(document.elementFromPoint(left + 8, bottom - 4));
    });
    expect(lowest).toBe(true);
    await soon(() => canvas.status().innerText()).toContain('needs you');
    await canvas.runButton().click();
    await page.getByText('This cannot run yet').waitFor();
    await shot(page, 'no-model');
    await canvas.card('model').getByRole('combobox').click();
    await page.getByRole('option', { name: /Gosling/ }).click();
    await soon(() => says.count()).toBe(0);
    await soon(() => canvas.status().innerText()).toMatch(/will run|cached/);
    expect(await canvas.run()).toMatch(/^Done in/);
  });
});

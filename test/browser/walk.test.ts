import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CanvasPage, middle } from './canvas';
import { findBrowser } from './find-browser';
import { newContext } from './shared';
import { soon } from './soon';
import { type Running, startSkein } from './start-skein';
import { tellPages } from './tell-pages';

/** What a newcomer does in the first ten minutes, in a real browser, on the real server, with the real model. */
const executablePath = findBrowser();

describe.skipIf(!executablePath)('a walk through the editor', () => {
  let skein: Running;
  let context: BrowserContext;
  let page: Page;
  let canvas: CanvasPage;
  const complaints: string[] = [];

  beforeAll(async () => {
    skein = await startSkein();
    context = await newContext(executablePath!);
    page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    canvas = new CanvasPage(page);
  });
  afterEach((test) => tellPages(test, context));
  afterAll(async () => {
    await context?.close();
    await skein?.stop();
  });

  test('the first page has the text-to-video graph open, ready to run', async () => {
    await page.goto(skein.url);
    await canvas.opened();
    await soon(() => page.getByLabel('Name of this graph').inputValue()).toBe('Text to video');
    await soon(() => page.locator('[data-node] [role="alert"]').count()).toBe(0);
    await soon(() => page.locator('[data-words]').first().inputValue()).not.toBe('');
    await soon(() => canvas.status().innerText()).toMatch(/(\d+) of \1 will run/);
    await soon(() => canvas.state('denoiser').innerText()).toContain('will run');
  });

  test('Run: steps are counted, the clip takes shape, the film plays', async () => {
    const preview = canvas.card('denoiser').getByTestId('preview').locator('.strip');
    await canvas.runButton().click();
    await soon(() => canvas.state('denoiser').innerText(), 60_000).toMatch(/\d+ of \d+/);
    await preview.waitFor({ timeout: 60_000 });
    await soon(() => preview.getAttribute('style')).toContain('data:image/');
    await soon(() => canvas.status().innerText(), 120_000).toMatch(/^Done in/);

    const video = canvas.card('muxer').locator('video');
    const look = () =>
      video.evaluate((element: HTMLVideoElement) => ({
        width: element.videoWidth,
        playing: !element.paused && element.readyState >= 2,
        time: element.currentTime,
      }));
    await soon(async () => (await look()).playing, 20_000).toBe(true);
    const first = await look();
    expect(first.width).toBeGreaterThan(0);
    await soon(async () => (await look()).time, 10_000).not.toBe(first.time);
  });

  test('pressed again, nothing is computed anew', async () => {
    await soon(() => canvas.status().innerText()).toContain('Everything is cached');
  });

  test('another speed: only the muxer will run, and only it runs', async () => {
    await canvas.setNumber('muxer', 'Frames per second', '12');
    await soon(() => canvas.state('muxer').innerText()).toContain('will run');
    for (const type of ['denoiser', 'text-encoder', 'noise-seed', 'vae-decoder'])
      expect(await canvas.state(type).innerText(), type).not.toContain('will run');
    expect(await canvas.run()).toMatch(/^Done in .* reused/);
    for (const type of ['denoiser', 'text-encoder', 'vae-decoder'])
      expect(await canvas.state(type).innerText(), type).toContain('reused');
    await soon(() => canvas.state('muxer').innerText()).toMatch(/\d s|\d ms/);
  });

  test('undo takes the speed back, redo brings it again', async () => {
    const speed = canvas.card('muxer').getByRole('slider', { name: 'Frames per second', exact: true });
    await canvas.pane().click({ position: { x: 30, y: 800 } });
    await page.keyboard.press('Control+z');
    await soon(() => speed.getAttribute('aria-valuetext')).toBe('automatic');
    await page.keyboard.press('Control+Shift+z');
    await soon(() => speed.getAttribute('aria-valuenow')).toBe('12');
  });

  test('a wire that does not fit says why, and is not laid', async () => {
    const before = await canvas.wires();
    await canvas.pull(
      canvas.socket('denoiser', 'Clip', 'output'),
      await middle(canvas.socket('muxer', 'Frames', 'input')),
    );
    await page.getByTestId('refusal').waitFor();
    await soon(() => page.getByTestId('refusal').innerText()).toMatch(/takes pictures/);
    await page.mouse.up();
    await soon(() => canvas.wires()).toBe(before);
    await soon(() => page.getByTestId('refusal').count()).toBe(0);
  });

  test('the palette adds what is typed; a dropped wire lists what fits and joins it', async () => {
    const cards = await canvas.cards();
    const wires = await canvas.wires();
    const spot = await canvas.empty();
    await page.mouse.dblclick(spot.x, spot.y);
    await page.keyboard.type('still');
    await page.keyboard.press('Enter');
    await canvas.card('still').waitFor();
    await soon(() => canvas.cards()).toBe(cards + 1);
    await page.keyboard.press('Delete');
    await soon(() => canvas.cards()).toBe(cards);

    await canvas.pull(canvas.socket('vae-decoder', 'Frames', 'output'), await canvas.empty());
    await page.mouse.up();
    await page.getByTestId('palette').waitFor();
    const offered = await page.getByTestId('palette').getByRole('option').allInnerTexts();
    expect(offered.join()).toContain('Still');
    expect(offered.join()).not.toContain('Denoiser');
    await page.keyboard.type('still');
    await page.keyboard.press('Enter');
    await canvas.card('still').waitFor();
    await soon(() => canvas.wires()).toBe(wires + 1);
    await page.keyboard.press('Control+z');
    await soon(() => canvas.cards()).toBe(cards);
    await soon(() => canvas.wires()).toBe(wires);
  });

  test('a wire pulled off its socket is cut, without a question, and undo lays it again', async () => {
    const before = await canvas.wires();
    const socket = await middle(canvas.socket('muxer', 'Frames', 'input'));
    const spot = await canvas.empty();
    // Taken hold of beside its socket, and at it.
    for (const x of [socket.x - 14, socket.x]) {
      await page.mouse.move(x, socket.y);
      await page.mouse.down();
      await page.mouse.move(spot.x, spot.y, { steps: 6 });
      await page.mouse.up();
      await soon(() => canvas.wires()).toBe(before - 1);
      await soon(() => page.getByTestId('palette').count()).toBe(0);
      await soon(() => canvas.status().innerText()).toContain('needs you');
      await page.keyboard.press('Control+z');
      await soon(() => canvas.wires()).toBe(before);
    }
  });

  test('copies can be pasted, and deleting them leaves the rest', async () => {
    const cards = await canvas.cards();
    await canvas.card('prompt').first().locator('header').click();
    await page.keyboard.press('Control+d');
    await soon(() => canvas.cards()).toBe(cards + 1);
    await page.keyboard.press('Delete');
    await soon(() => canvas.cards()).toBe(cards);
  });

  test('a word the model was never taught is marked, and the nearest one is a press away', async () => {
    const words = page.locator('[data-words]').first();
    await words.fill('a gren ball');
    await page.getByRole('button', { name: 'gren → green' }).click();
    await soon(() => words.inputValue()).toBe('a green ball');
  });

  test('a wrong number is said on its card, and Run waits for it', async () => {
    await canvas.setNumber('noise-seed', 'Frames', '16');
    await soon(() => canvas.card('noise-seed').getByRole('alert').innerText()).toMatch(/17/);
    await soon(() => canvas.status().innerText()).toContain('needs you');
    await canvas.setNumber('noise-seed', 'Frames', '17');
    await soon(() => canvas.card('noise-seed').getByRole('alert').count()).toBe(0);
  });

  test('a long run is stopped within a second or so', async () => {
    await canvas.setNumber('denoiser', 'Steps', '900');
    await canvas.runButton().click();
    await soon(() => canvas.state('denoiser').innerText(), 60_000).toMatch(/\d+ of 900/);
    // Within the time of a double click a press on what was Run takes nothing back.
    await page.waitForTimeout(400);
    const pressed = Date.now();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await soon(() => canvas.status().innerText()).toMatch(/^Cancelled/);
    expect(Date.now() - pressed).toBeLessThan(5000);
  });

  test('a reload loses nothing, and shows the last film again', async () => {
    await canvas.saved();
    await page.reload();
    await canvas.opened();
    // The last run was cancelled: the film is of the one before.
    await canvas.card('muxer').locator('video').waitFor();
    await soon(() => page.locator('[data-words]').first().inputValue()).toBe('a green ball');
    await soon(() => canvas.steps()).toBe('900');
    // The page itself has asked for the graph, and its scripts took that answer.
    const asked = () => performance.getEntriesByType('resource').filter(({ name }) => name.includes('graphs.get'));
    expect(await page.evaluate(asked)).toHaveLength(1);
    expect(await page.evaluate(() => document.body.innerHTML)).toContain('window.early=');
  });

  test('two tabs on one graph: the later one is asked, and both are kept', async () => {
    const other = await context.newPage();
    const there = new CanvasPage(other);
    await other.goto(page.url());
    await there.opened();
    await there.setNumber('denoiser', 'Steps', '7');
    await there.saved();
    await page.bringToFront();
    await canvas.setNumber('denoiser', 'Steps', '9');
    await page.getByRole('button', { name: 'Go on with mine' }).click();
    await canvas.saved();
    await page.getByLabel('Versions of this graph').click();
    await page.getByText('another tab was faster').first().waitFor();
    await page.getByLabel('Close').click();
    await other.reload();
    await there.opened();
    await soon(() => there.steps()).toBe('9');
    await other.close();
  });

  test('a film dropped on the canvas opens the graph that made it', async () => {
    const before = page.url();
    await page.goto(`${skein.url}/library#results`);
    await page
      .getByLabel(/^Open text-to-video/)
      .first()
      .click();
    const source = await page.locator('[role="dialog"] video').getAttribute('src');
    await page.goto(before);
    await canvas.opened();
    await page.evaluate(async (url) => {
      const bytes = await (await fetch(url)).blob();
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], 'film.mp4', { type: 'video/mp4' }));
      document
        .querySelector('.canvas')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, clientX: 500, clientY: 500 }));
    }, source ?? '');
    await soon(() => page.url()).not.toBe(before);
    await canvas.opened();
    await soon(() => canvas.steps()).not.toBe('9');
    await soon(() => canvas.status().innerText()).toContain('Everything is cached');
  });

  test('a picture let go over the canvas becomes a card that shows it', async () => {
    const cards = await canvas.cards();
    await page.evaluate(async () => {
      const paper = new OffscreenCanvas(32, 32);
      const ink = paper.getContext('2d')!;
      ink.fillStyle = 'tomato';
      ink.fillRect(0, 0, 32, 32);
      const transfer = new DataTransfer();
      transfer.items.add(new File([await paper.convertToBlob()], 'tomato.png', { type: 'image/png' }));
      const drop = new DragEvent('drop', { dataTransfer: transfer, bubbles: true, clientX: 700, clientY: 640 });
      document.querySelector('.canvas')?.dispatchEvent(drop);
    });
    await soon(() => canvas.cards()).toBe(cards + 1);
    const picture = canvas.card('image').locator('img');
    await soon(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(32);
    await page.keyboard.press('Delete');
    await soon(() => canvas.cards()).toBe(cards);
    await canvas.saved();
  });

  test('the library has both graphs, the templates and the results', async () => {
    await page.goto(`${skein.url}/library`);
    await soon(() => page.getByRole('article').count()).toBe(2);
    await page.getByRole('button', { name: 'Templates' }).click();
    await soon(() => page.getByRole('article').count()).toBeGreaterThan(2);
    await page.getByRole('button', { name: 'Results' }).click();
    await soon(() => page.getByRole('article').count()).toBe(2);
    await page.getByLabel('Open the graph behind this').first().click();
    await canvas.opened();
  });

  test('light stays light, keys are explained, and nothing was complained of', async () => {
    // Asked once more, it may be light already.
    const toggle = page.getByLabel(/^(Light|Dark) theme$/);
    if ((await toggle.getAttribute('aria-label')) === 'Light theme') await toggle.click();
    await page.reload();
    await canvas.opened();
    await soon(() => page.locator('html').getAttribute('data-theme')).toBe('light');
    await canvas.pressBare();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Keys and gestures').waitFor();
    // The browser itself reports the refused save of the two tabs.
    expect(complaints.filter((text) => !text.includes('409'))).toEqual([]);
  });

  test('a small window keeps everything in reach', async () => {
    for (const width of [1024, 800]) {
      await page.setViewportSize({ width, height: 640 });
      await page.reload();
      await canvas.opened();
      for (const control of [canvas.runButton(), page.getByLabel('Keys and gestures'), page.getByLabel('Undo')]) {
        await soon(async () => {
          const box = await control.boundingBox();
          return box && box.x >= 0 && box.x + box.width <= width && box.y + box.height <= 640;
        }).toBe(true);
      }
      await soon(() => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    }
  });
});

import type { Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { emptyGraph } from '../../nodes/graph';
import { pictureGraph, template } from './ask';
import { CanvasPage, middle } from './canvas';
import { findBrowser } from './find-browser';
import { prepareWalk } from './prepare-walk';
import { soon } from './soon';

/** What hands expect: a menu on the right button, keys that move, a film that can be held, a view that stays fitted. */
const executablePath = findBrowser();

describe.skipIf(!executablePath)('a fourth walk: what hands expect', () => {
  const walk = prepareWalk(executablePath);
  const { opened, shot } = walk;

  test('Run refused names the card as it is called, and leads to it', async () => {
    const { page, canvas } = await opened(template('first-last-frame'));
    await canvas.runButton().click();
    await page.getByText(/^Begins with: No picture is chosen yet/).waitFor();
    const named = canvas.page.locator('[data-node="imageA"]');
    await soon(() => named.evaluate((card) => card.closest('.react-flow__node') === document.activeElement)).toBe(true);
    await soon(() => canvas.status().innerText()).toContain('2 things need you');
    // A press on the dock goes from one to the next.
    const chosen = () => page.locator('.react-flow__node.selected [data-node]').getAttribute('data-node');
    await canvas.status().getByRole('button').click();
    await soon(() => chosen()).toBe('imageA');
    await canvas.status().getByRole('button').click();
    await soon(chosen).toBe('imageB');
    await shot(page, 'refused');
  });

  test('from an empty canvas to a film: cards from the palette and from pulled wires, joined by hand', async () => {
    const { id } = await walk.api.graphs.create.mutate({ graph: emptyGraph() });
    const page = await walk.context.newPage();
    const canvas = new CanvasPage(page);
    await page.goto(`${walk.skein.url}/graph/${id}`);
    await page.getByRole('button', { name: 'Add a node' }).first().waitFor();
    await canvas.saved();
    const take = async (name: string, type: string) => {
      await page.getByTestId('palette').waitFor();
      await page.keyboard.type(name);
      await page.keyboard.press('Enter');
      await canvas.card(type).waitFor();
      await page.getByRole('button', { name: /^Tidy/ }).click();
      // The view goes along; sockets must stand still before they are taken hold of.
      await page.waitForTimeout(300);
    };
    const grow = async (from: Locator, name: string, type: string) => {
      await canvas.pull(from, await canvas.empty());
      await page.mouse.up();
      await take(name, type);
    };
    const join = async (from: [type: string, name: string], to: [type: string, name: string]) => {
      await canvas.pull(canvas.socket(...from, 'output'), await middle(canvas.socket(...to, 'input')));
      await page.mouse.up();
    };
    await page.mouse.dblclick(400, 300);
    await take('model', 'model');
    await grow(canvas.socket('model', 'Denoiser', 'output'), 'noise seed', 'noise-seed');
    await grow(canvas.socket('noise-seed', 'Noise', 'output'), 'denoiser', 'denoiser');
    await grow(canvas.socket('denoiser', 'Clip', 'output'), 'vae decoder', 'vae-decoder');
    await grow(canvas.socket('vae-decoder', 'Frames', 'output'), 'muxer', 'muxer');
    await grow(canvas.socket('denoiser', 'Text', 'input'), 'text encoder', 'text-encoder');
    await grow(canvas.socket('text-encoder', 'Prompt', 'input'), 'prompt', 'prompt');
    await join(['model', 'Denoiser'], ['denoiser', 'Model']);
    await join(['model', 'VAE'], ['vae-decoder', 'Model']);
    await join(['model', 'Text encoder'], ['text-encoder', 'Model']);
    // The card came with what the model recommends.
    const guidance = canvas.card('denoiser').getByRole('slider', { name: 'Guidance', exact: true });
    await soon(() => guidance.getAttribute('aria-valuenow')).toBe('2');
    await canvas.card('prompt').locator('[data-words]').fill('a red ball moves left');
    await canvas.setNumber('denoiser', 'Steps', '4');
    // What is missing still is said, and where.
    await canvas.runButton().click();
    await soon(() => canvas.status().innerText()).toMatch(
      /1 thing needs you[\s\S]*Connect "Avoid" of the text encoder/,
    );
    // By the keyboard alone: the press above has chosen the denoiser.
    await page.locator('.react-flow__node.selected [data-type="denoiser"]').waitFor();
    await page.keyboard.press('w');
    await page.getByPlaceholder('A wire from which socket?').waitFor();
    await page.keyboard.type('avoid');
    await page.keyboard.press('Enter');
    await page.getByPlaceholder('What gives this conditioning?').waitFor();
    await page.keyboard.press('Enter');
    await soon(() => canvas.wires()).toBe(10);
    await shot(page, 'from-nothing');
    expect(await canvas.run()).toMatch(/^Done/);
    const film = canvas.card('muxer').locator('video');
    await soon(() => film.evaluate((one: HTMLVideoElement) => one.currentTime)).toBeGreaterThan(0);
  });

  test('by mouse alone: rename, duplicate, delete, undo, cut a wire', async () => {
    const { page, canvas } = await opened(pictureGraph(walk.red));
    const menu = page.getByRole('menu');
    const choose = (name: string) => menu.getByRole('menuitem', { name }).click();
    const still = canvas.card('still').first().locator('header');

    await still.click({ button: 'right' });
    await shot(page, 'menu');
    await choose('Rename');
    await page.getByLabel('Name of this card').fill('The end');
    await page.keyboard.press('Enter');
    await soon(() => still.innerText()).toContain('The end');
    await still.click({ button: 'right' });
    await choose('Duplicate');
    await soon(() => canvas.cards()).toBe(3);
    await page.locator('.react-flow__node.selected header').click({ button: 'right' });
    await choose('Delete');
    await soon(() => canvas.cards()).toBe(2);

    const from = await middle(canvas.socket('image', 'Frames', 'output'));
    const to = await middle(canvas.socket('still', 'Frames', 'input'));
    await page.mouse.click((from.x + to.x) / 2, (from.y + to.y) / 2, { button: 'right' });
    await choose('Cut this wire');
    await soon(() => canvas.wires()).toBe(0);
    const { x, y } = await canvas.empty();
    await page.mouse.click(x, y, { button: 'right' });
    await choose('Undo');
    await soon(() => canvas.wires()).toBe(1);
    // Words keep the menu of the browser.
    await canvas.card('still').getByLabel('Name', { exact: true }).first().click({ button: 'right' });
    await soon(() => menu.count()).toBe(0);
  });

  test('arrows move what is chosen, as one step of undo', async () => {
    const { page, canvas } = await opened(pictureGraph(walk.red));
    const left = async () => (await canvas.card('still').boundingBox())?.x ?? 0;
    await page.keyboard.press('Control+a');
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
    const before = await left();
    for (let turn = 0; turn < 4; turn++) await page.keyboard.press('Shift+ArrowLeft');
    await soon(left).toBeLessThan(before - 40);
    await page.keyboard.press('Control+z');
    await soon(left).toBe(before);
  });

  test('Tab goes from control to control, and Escape closes the drawer', async () => {
    const { page } = await opened(pictureGraph(walk.red));
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
    const names: (string | null)[] = [];
    for (let turn = 0; turn < 12; turn++) {
      await page.keyboard.press('Tab');
      names.push(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null));
    }
    expect(names).toContain('Name of this graph');
    expect(names).toContain('Runs and results');
    await page.getByLabel('Runs and results').click();
    const drawer = page.getByRole('complementary');
    await drawer.waitFor();
    await page.keyboard.press('Escape');
    await soon(() => drawer.count()).toBe(0);
  });

  test('a view nobody moved makes room for the drawer and follows the window', async () => {
    const { page, canvas } = await opened(template('text-to-video'));
    const right = async () => {
      const box = await canvas.card('muxer').boundingBox();
      return (box?.x ?? 0) + (box?.width ?? 0);
    };
    await soon(() => right()).toBeGreaterThan(1300);
    await page.getByLabel('Runs and results').click();
    await soon(right).toBeLessThan(1440 - 352);
    await page.getByLabel('Runs and results').click();
    await soon(right).toBeGreaterThan(1300);
    await page.setViewportSize({ width: 1024, height: 768 });
    await soon(right).toBeLessThan(1024);
    const dock = await canvas.runButton().boundingBox();
    const lowest = await page
      .locator('[data-node]')
      .evaluateAll((cards) => Math.max(...cards.map((card) => card.getBoundingClientRect().bottom)));
    expect(lowest).toBeLessThan(dock?.y ?? 0);
    // Once it has been moved it stays where it was put.
    await page.setViewportSize({ width: 1440, height: 900 });
    await soon(right).toBeGreaterThan(1300);
    await page.mouse.move(720, 90);
    await page.mouse.wheel(0, -200);
    await page.waitForTimeout(400);
    const moved = await right();
    await page.getByLabel('Runs and results').click();
    await page.getByRole('complementary').waitFor();
    await page.waitForTimeout(400);
    await soon(() => right()).toBe(moved);
  });

  test('the film on its card is held by a press, led by its line, and shown large by two', async () => {
    const { page, canvas } = await opened(template('text-to-video', { denoiser: { steps: 2 } }));
    expect(await canvas.run()).toMatch(/^Done in/);
    const film = canvas.card('muxer').locator('video');
    const look = () => film.evaluate((video: HTMLVideoElement) => ({ held: video.paused, time: video.currentTime }));
    await soon(async () => (await look()).held).toBe(false);
    await film.click();
    await soon(async () => (await look()).held).toBe(true);
    const line = canvas.card('muxer').getByLabel('Place in the film');
    await line.focus();
    await page.keyboard.press('Home');
    await soon(async () => (await look()).time).toBe(0);
    await page.keyboard.press('ArrowRight');
    await soon(async () => (await look()).time).toBeGreaterThan(0);
    await shot(page, 'film');
    await page.getByRole('button', { name: 'Runs and results' }).click();
    await page.locator('aside').waitFor();
    await film.dblclick();
    await page.getByRole('dialog').locator('video').waitFor();
    await soon(() => page.evaluate(() => document.fullscreenElement)).toBeNull();
    await page.keyboard.press('Escape');
    await soon(() => page.getByRole('dialog').count()).toBe(0);
    // It closed the film, and nothing behind it.
    await soon(() => page.getByRole('complementary').count()).toBe(1);
  });

  test('while one run is on, another can be put behind it from the dock', async () => {
    const { page, canvas } = await opened(template('text-to-video', { denoiser: { steps: 600 }, noise: { seed: 77 } }));
    await canvas.runButton().click();
    await soon(() => canvas.state('denoiser').innerText(), 60_000).toMatch(/\d+ of 600/);
    await page.getByLabel('Queue another run').click();
    await soon(() => canvas.status().innerText()).toContain('1 waiting');
    const queue = await walk.api.runs.queue.query();
    expect(queue).toHaveLength(2);
    for (const { id } of queue) await walk.api.runs.cancel.mutate({ runId: id });
    await canvas.runButton().waitFor();
  });
});

import { describe, expect, test } from 'vitest';
import { pictureGraph, template } from './ask';
import { CanvasPage } from './canvas';
import { findBrowser } from './find-browser';
import { drop, picture, putAway } from './gestures';
import { prepareWalk } from './prepare-walk';
import { soon } from './soon';

/** The corners: the keyboard alone, many tabs, less motion, hostile words and files, a model that is not here. */
const executablePath = findBrowser();

describe.skipIf(!executablePath)('a third walk: the corners', () => {
  const walk = prepareWalk(executablePath);
  const { opened, sent, shot } = walk;

  test('the palette by keyboard alone, as the help says; keys in a field stay in the field', async () => {
    const { page, canvas } = await opened(pictureGraph(walk.red));
    await page.keyboard.press('?');
    const help = page.getByRole('dialog');
    await help.getByText('Keys and gestures').waitFor();
    const told = await help.innerText();
    for (const key of ['Space', 'Tab', 'Escape', 'Delete']) expect(told, key).toContain(key);
    await page.keyboard.press('Escape');
    await soon(() => help.count()).toBe(0);

    const palette = page.getByTestId('palette');
    await page.mouse.move(700, 600);
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
    await page.keyboard.press('Space');
    await palette.waitFor();
    await page.keyboard.press('Escape');
    await soon(() => palette.count()).toBe(0);
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
    await soon(() => canvas.cards()).toBe(3);

    const words = canvas.card('prompt').locator('[data-words]');
    await words.click();
    await page.keyboard.type('a ball');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Home');
    await page.keyboard.press('Delete');
    await page.keyboard.press('Space');
    await page.keyboard.press('t');
    await soon(() => words.inputValue()).toBe(' t bal');
    await page.keyboard.press('Control+z');
    await soon(() => canvas.cards()).toBe(3);
    await soon(() => palette.count()).toBe(0);
    await soon(() => words.inputValue()).not.toBe(' t bal');
    await soon(() => canvas.card('prompt').count()).toBe(1);
  });

  test('a tab out of sight gives its connection back, and is told what it missed', async () => {
    const { id, page, canvas } = await opened(pictureGraph(walk.red));
    expect(await canvas.run()).toMatch(/^Done in/);
    const ended = page.waitForEvent('requestfailed', (request) => request.url().includes('runs.events'));
    await putAway(page, true);
    await ended;
    const graph = pictureGraph('e'.repeat(64));
    const { runId } = await walk.api.runs.start.mutate({ graph, graphId: id });
    await soon(async () => (await walk.api.runs.get.query({ runId })).run.state).toBe('failed');
    await soon(() => canvas.status().innerText()).toMatch(/^Done in/);
    await putAway(page, false);
    await soon(() => canvas.status().innerText()).toMatch(/^Failed at Image/);
  });

  test('who asked for less motion gets none', async () => {
    const still = await walk.context
      .browser()!
      .newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    try {
      const page = await still.newPage();
      const canvas = new CanvasPage(page);
      const { id } = await walk.api.graphs.create.mutate({
        graph: template('text-to-video', { denoiser: { steps: 901 } }),
      });
      await page.goto(`${walk.skein.url}/graph/${id}`);
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
      // Within the time of a double click a press on what was Run takes nothing back.
      await page.waitForTimeout(400);
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await soon(() => canvas.status().innerText()).toMatch(/^Cancelled/);
    } finally {
      await still.close();
    }
  });

  test('hostile words are words', async () => {
    const evil = '<img src=x onerror="window.pwned=1"><a href="javascript:window.pwned=2">javascript:alert(1)</a>';
    const plain = pictureGraph(walk.red, evil);
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
    await soon(() => page.locator('.react-flow__node-note').innerText()).toContain('<img src=x onerror=');
    await soon(() => canvas.card('image').locator('h3').innerText()).toContain('<img src=x');
    await page.goto(`${walk.skein.url}/library`);
    await page.getByText('<img src=x').first().waitFor();
    await soon(() => page.locator('[href^="javascript:"], [onerror]').count()).toBe(0);
    await soon(() => page.evaluate(() => 'pwned' in window)).toBe(false);
    expect(dialogs).toBe(0);
  });

  test('a page posing as a picture is refused, and no file opened by itself can run anything', async () => {
    const script = '<script>window.pwned=1;fetch("/api/health?canary")</script>';
    const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>window.pwned=1</script></svg>`;
    const { page, canvas } = await opened(pictureGraph(walk.red));
    for (const text of [`<!doctype html>${script}`, svg]) {
      await drop(page, 'innocent.png', 'image/png', text);
      await page.getByText('innocent.png was not taken').first().waitFor();
    }
    await soon(() => canvas.cards()).toBe(2);
    // A real picture with a page behind its last byte is a picture still.
    const both = Buffer.concat([await picture('tomato'), Buffer.from(`<html>${script}</html>`)]);
    const { status, body } = await sent('both.html', both, 'text/html');
    expect(status).toBeLessThan(300);
    const calls: string[] = [];
    page.on('request', (request) => calls.push(request.url()));
    const answer = await page.goto(`${walk.skein.url}/api/assets/${body.id}`);
    expect(answer?.headers()['content-security-policy']).toContain('sandbox');
    expect(answer?.headers()['content-type']).toBe('image/png');
    expect(calls.some((url) => url.includes('canary'))).toBe(false);
    await soon(() => page.evaluate(() => 'pwned' in window)).toBe(false);
  });

  test('a graph for a model that is not here says so, and runs once another is chosen', async () => {
    const small = { noise: { frames: 1 }, denoiser: { steps: 1 } };
    const { page, canvas } = await opened(template('text-to-video', { ...small, model: { model: 'nope' } }));
    const dialog = page.getByRole('dialog', { name: 'A model of this graph is not here' });
    await dialog.getByText('"nope" is not in the library').waitFor();
    await dialog.getByRole('button', { name: 'Leave as it is' }).click();
    await soon(() => dialog.count()).toBe(0);
    const says = canvas.card('model').getByRole('alert');
    await soon(() => says.innerText()).toContain('"nope" is not in the library');
    // The words hang over the edge of the card; they must lie on top of the one below it.
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

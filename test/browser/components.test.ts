import { describe, expect, test } from 'vitest';
import { readGraph } from '../../nodes/graph';
import { template } from './ask';
import { findBrowser } from './find-browser';
import { prepareWalk } from './prepare-walk';
import { soon } from './soon';

/** Pieces of a graph as cards of their own, and the graph as a form. */
const executablePath = findBrowser();

describe.skipIf(!executablePath)('components and forms', () => {
  const walk = prepareWalk(executablePath);
  const { opened, shot } = walk;

  test('chosen cards become one; it runs, is opened and changed; another card of it is offered the update, and takes it', async () => {
    const { id, page, canvas } = await opened(
      template('text-to-video', { denoiser: { steps: 2 }, noise: { seed: 51 } }),
    );
    const card = (name: string) => page.locator(`[data-node="${name}"]`);
    await card('noise').locator('header').click();
    await card('denoiser')
      .locator('header')
      .click({ modifiers: ['Shift'] });
    await page.keyboard.press('Control+Shift+G');
    await page.getByLabel('Name of this card').fill('Carve');
    await page.keyboard.press('Enter');
    await card('carve').getByText('version 1').waitFor();
    await soon(() => canvas.cards()).toBe(7);
    expect(await canvas.run()).toMatch(/Done/);
    await soon(() => card('carve').getByTestId('state').innerText()).toMatch(/s$/);
    await page.keyboard.press('Control+d');
    await card('carve-2').waitFor();

    await page.keyboard.press('Escape');
    await card('carve')
      .locator('header')
      .dblclick({ position: { x: 60, y: 12 } });
    await canvas.card('denoiser').waitFor();
    await canvas.setNumber('denoiser', 'Steps', '3');
    await soon(() => canvas.state('denoiser').innerText()).toContain('will run');
    await shot(page, 'component-inside');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await card('carve').getByText('version 2').waitFor();
    await soon(() => card('carve').getByTestId('state').innerText()).toContain('will run');

    await card('carve-2').getByRole('button', { name: 'Version 2' }).click();
    await soon(() => page.getByTestId('graph-differences').innerText()).toContain('Denoiser: Steps 2 → 3');
    await shot(page, 'component-update');
    await page.getByRole('button', { name: 'Update this card' }).click();
    await card('carve-2').getByText('version 2').waitFor();
    await page.keyboard.press('Control+z');
    await card('carve-2').getByText('version 1').waitFor();

    await canvas.saved();
    const { graph } = await walk.api.graphs.get.query({ id });
    expect(graph.components?.map(({ name, version }) => [name, version])).toEqual([
      ['Carve', 1],
      ['Carve', 2],
    ]);
    expect(readGraph(JSON.stringify(graph))).toEqual({ graph });
  });

  test('a control goes into the form; there it is set and run, and the graph has it', async () => {
    const { page, canvas } = await opened(template('text-to-video', { denoiser: { steps: 2 }, noise: { seed: 51 } }));
    await canvas.card('denoiser').locator('[data-param="steps"]').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Show in form' }).click();
    await page.getByRole('button', { name: 'Form', exact: true }).click();
    const form = page.getByTestId('form');
    await form.getByRole('slider', { name: 'Steps' }).click();
    await form.getByLabel('Steps', { exact: true }).fill('1');
    await form.getByLabel('Steps', { exact: true }).press('Enter');
    expect(await canvas.run()).toMatch(/Done/);
    await form.getByTestId('result').locator('video').waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    const wide = () => page.evaluate(() => document.querySelector('.form-face')!.scrollWidth);
    await soon(wide).toBe(390);
    await shot(page, 'form-phone');
    await page.setViewportSize({ width: 1440, height: 900 });
    // The address leads there, and nothing is kept twice.
    await canvas.saved();
    await page.reload();
    await form.getByRole('slider', { name: 'Steps' }).waitFor();
    await page.getByRole('button', { name: 'Graph', exact: true }).click();
    await soon(() => canvas.card('denoiser').getByRole('slider', { name: 'Steps' }).innerText()).toContain('1');
  });
});

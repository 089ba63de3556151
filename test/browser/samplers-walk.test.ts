import { describe, expect, test } from 'vitest';
import { cardWidth, socketTop } from '../../app/editor/state/card-size';
import { template } from './ask';
import { middle } from './canvas';
import { findBrowser } from './find-browser';
import { prepareWalk } from './prepare-walk';
import { soon } from './soon';

const executablePath = findBrowser();

describe.skipIf(!executablePath)('choosing a sampler and drawing a schedule', () => {
  const walk = prepareWalk(executablePath);

  test("a sampler is found by another program's name; the card says what it will cost", async () => {
    const { page, canvas } = await walk.opened(template('text-to-video'));
    const card = canvas.card('denoiser');
    const sampler = card.getByRole('combobox', { name: 'Sampler' });
    await soon(() => card.getByTestId('note').innerText()).toBe('40 calls of the network');
    await soon(() => card.getByTestId('schedule').locator('polyline').count()).toBe(1);

    // React Flow is told where sockets lie before they are drawn, and there they lie: on the card's edge, row by row.
    for (const row of [0, 1]) {
      const { x, y } = await middle(card.locator('.socket').nth(row));
      const box = await card.boundingBox();
      const zoom = (box?.width ?? 0) / cardWidth;
      expect((x - (box?.x ?? 0)) / zoom).toBeCloseTo(1, 1);
      expect((y - (box?.y ?? 0)) / zoom).toBeCloseTo(1 + socketTop(row) + 6.5, 1);
    }

    await sampler.click();
    const options = page.getByRole('option');
    await soon(() => options.first().innerText()).toMatch(/^UniPC\s+1 call a step/);
    await walk.shot(page, 'sampler-list');
    await page.getByRole('searchbox').fill('Euler a');
    await soon(() => options.first().innerText()).toMatch(/^Euler ancestral/);
    await page.keyboard.press('Enter');
    await soon(() => sampler.innerText()).toMatch(/Euler ancestral/);

    await sampler.click();
    await page.getByRole('searchbox').fill('heundiscrete');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await soon(() => card.getByTestId('note').innerText()).toBe('78 calls of the network');

    await page.keyboard.press('Escape');
    // Choices that follow each other quickly are one step of undo.
    const undo = page.getByRole('button', { name: 'Undo', exact: true });
    while (await undo.isEnabled()) await undo.click();
    await soon(() => sampler.innerText()).toMatch(/UniPC/);
  });

  test('points of a drawn schedule are dragged, walked and written; the denoiser that follows it hides its own', async () => {
    const graph = template('text-to-video');
    graph.nodes.push({ id: 'drawn', type: 'drawn-schedule', version: 1, params: { sigmas: [1, 0.8, 0.5, 0.2, 0] } });
    const at = graph.layout.positions['denoiser']!;
    graph.layout.positions['drawn'] = { x: at.x + 280, y: at.y + 130 };
    graph.wires.push({ from: { node: 'drawn', port: 'sigmas' }, to: { node: 'denoiser', port: 'sigmas' } });
    const { id, page, canvas } = await walk.opened(graph);
    const card = canvas.card('drawn-schedule');
    const numbers = card.getByLabel('Sigmas', { exact: true });
    await soon(() => numbers.inputValue()).toBe('1, 0.8, 0.5, 0.2, 0');
    await soon(() => canvas.card('denoiser').getByTestId('note').innerText()).toBe('8 calls of the network');
    await soon(() => canvas.card('denoiser').getByRole('slider', { name: 'Steps', exact: true }).count()).toBe(0);

    const point = card.getByRole('slider', { name: 'Noise at step 3' });
    const place = await middle(point);
    await page.mouse.move(place.x, place.y);
    await page.mouse.down();
    await page.mouse.move(place.x, place.y - 14, { steps: 4 });
    await page.mouse.up();
    const third = async () => Number((await numbers.inputValue()).split(', ')[2]);
    await soon(third).toBeGreaterThan(0.55);
    await soon(() => third()).toBeLessThan(0.8);
    const dragged = await third();
    await point.focus();
    await page.keyboard.press('ArrowDown');
    await soon(third).toBeLessThan(dragged);
    await walk.shot(page, 'drawn-schedule');

    await card.getByRole('button', { name: 'One step more' }).click();
    await soon(() => canvas.card('denoiser').getByTestId('note').innerText()).toBe('10 calls of the network');
    await numbers.fill('1 .6 .3 0');
    await numbers.press('Enter');
    await soon(() => numbers.inputValue()).toBe('1, 0.6, 0.3, 0');
    await canvas.saved();
    const saved = await walk.api.graphs.get.query({ id });
    expect(JSON.stringify(saved)).toContain('[1,0.6,0.3,0]');
    expect(await canvas.run()).toMatch(/Done/);
  });
});

import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { heatColours } from '../../nodes/video/heat-map';
import { template } from './ask';
import { findBrowser } from './find-browser';
import { prepareWalk } from './prepare-walk';
import { soon } from './soon';

/** Two results chosen in the gallery and held against each other in every way there is. */
const executablePath = findBrowser();

describe.skipIf(!executablePath)('compare', () => {
  const walk = prepareWalk(executablePath, { own: true });

  /** Runs the template with so many steps; the id of its film. */
  async function film(steps: number): Promise<string> {
    const { api } = walk;
    const { runId } = await api.runs.start.mutate({ graph: template('text-to-video', { denoiser: { steps } }) });
    await soon(async () => (await api.runs.get.query({ runId })).run.state, 120_000).toBe('done');
    const { assets } = await api.assets.list.query({ origin: 'result', limit: 10 });
    return assets.find((asset) => asset.runId === runId)!.id;
  }
  /** The colours of the heat map, as one number each, and how many there are. */
  const heat = (page: Page) =>
    page.getByTestId('heat-map').evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
      const seen = new Set<string>();
      for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 3).join());
      return [...seen];
    });
  const places = (page: Page) =>
    page.locator('video').evaluateAll((all) => {
      const shown = all.filter((one) => one.closest('[data-pane]'));
      return shown.map((one) => Math.floor((one as HTMLVideoElement).currentTime * 8));
    });

  test('two results: on one clock, wiped, flipped, their difference as a heat map, and what made it', async () => {
    const [a, b] = [await film(1), await film(2)];
    const page = await walk.context.newPage();
    await page.goto(`${walk.skein.url}/library#results`);
    const tiles = page.locator('article');
    await soon(() => tiles.count()).toBe(2);
    for (const [tile, isLast] of [
      [tiles.nth(1), false],
      [tiles.nth(0), true],
    ] as const) {
      await tile.hover();
      await tile.getByRole('button', { name: 'Compare', exact: true }).click();
      if (!isLast) await page.getByTestId('choosing').getByText('will be A').waitFor();
    }
    await page.waitForURL(`**/compare?a=${a}&b=${b}`);

    // What was set, measured and spent.
    await soon(() => page.getByTestId('graph-differences').innerText()).toBe('Denoiser: Steps 1 → 2');
    await soon(() => page.getByTestId('chart PSNR').innerText()).toMatch(/PSNR\s+\d\d\.\d\d dB/);
    await soon(() => page.getByTestId('chart Latent distance').innerText()).toMatch(/distance\s+\d\.\d{3}/);
    for (const name of ['SSIM', 'Flicker', 'Motion', 'Sharpness'])
      await soon(() => page.getByTestId(`chart ${name}`).innerText()).toMatch(/\d/);
    await soon(() => page.getByTestId('node-times').innerText()).toMatch(/Denoiser\s+A\s+[\d.]+ m?s\s+B\s+[\d.]+ m?s/);

    // Frame by frame, both at once; a press in a chart goes there.
    await page.getByLabel('Pause').click();
    await page.getByLabel('Place in the films').fill('0');
    for (let i = 0; i < 3; i++) await page.getByLabel('Frame on').click();
    await soon(() => page.getByTestId('frame').innerText()).toBe('4 / 17');
    await soon(() => places(page)).toEqual([3, 3]);
    const chart = page.getByTestId('chart SSIM').locator('svg');
    const box = (await chart.boundingBox())!;
    await page.mouse.click(box.x + box.width - 1, box.y + 10);
    await soon(() => places(page)).toEqual([16, 16]);

    // One view for both.
    await page.locator('[data-pane="A"]').hover();
    await page.mouse.wheel(0, -300);
    await soon(() => page.getByTestId('zoom').innerText()).not.toBe('100 %');
    const boxes = await page
      .locator('[data-shown]')
      .evaluateAll((all) => all.map((one) => (one as HTMLElement).style.transform));
    expect(boxes[0]).toBe(boxes[1]);
    await page.keyboard.press('0');
    await soon(() => page.getByTestId('zoom').innerText()).toBe('100 %');
    await walk.shot(page, 'compare-side');

    await page.getByRole('radio', { name: 'Wipe' }).click();
    const divider = page.getByRole('slider', { name: 'Divider' });
    await divider.focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await soon(() => divider.getAttribute('aria-valuenow')).toBe('65');
    const cut = () =>
      page
        .locator('[data-pane="B"] [data-shown]')
        .evaluate((one) => Number.parseFloat((one as HTMLElement).style.clipPath.split(' ')[3]!));
    await soon(() => cut()).toBeCloseTo(65, 1);
    // The arrows have moved the line and no film.
    await soon(() => places(page)).toEqual([16, 16]);
    const line = (await divider.boundingBox())!;
    await page.mouse.move(line.x + line.width / 2, line.y + line.height / 2);
    await page.mouse.down();
    await page.mouse.move(line.x + line.width / 2 - 120, line.y + 20);
    await page.mouse.up();
    await soon(() => cut()).toBeLessThan(50);
    await walk.shot(page, 'compare-wipe');

    await page.keyboard.press('3');
    await soon(async () => (await heat(page)).length).toBeGreaterThan(8);
    const colours = new Set(Array.from({ length: 256 }, (_, i) => [...heatColours.subarray(3 * i, 3 * i + 3)].join()));
    expect((await heat(page)).filter((colour) => !colours.has(colour))).toEqual([]);
    await soon(() => page.getByTestId('legend').innerText()).toMatch(/64 of 255/);
    await page.getByLabel('Gain').fill('0');
    await soon(() => page.getByTestId('legend').innerText()).toMatch(/255 of 255/);
    await walk.shot(page, 'compare-difference');

    await page.keyboard.press('4');
    const isShown = () =>
      page.locator('[data-shown]').evaluateAll((all) => all.map((one) => one.getAttribute('data-shown')));
    await soon(isShown).toEqual(['true', 'false']);
    await page.keyboard.press('f');
    await soon(isShown).toEqual(['false', 'true']);
    await page.keyboard.down('h');
    await soon(isShown).toEqual(['true', 'false']);
    await page.keyboard.up('h');
    await soon(isShown).toEqual(['false', 'true']);

    // Exchanged, the differences are told the other way round.
    await page.getByLabel('Exchange A and B').click();
    await soon(() => page.getByTestId('graph-differences').innerText()).toBe('Denoiser: Steps 2 → 1');

    // A film against itself: nothing differs anywhere.
    await page.goto(`${walk.skein.url}/compare?a=${a}&b=${a}`);
    await soon(() => page.getByTestId('chart PSNR').innerText()).toContain('identical');
    await soon(() => page.getByText('both were made by the same settings').count()).toBe(1);
    await page.keyboard.press('3');
    await soon(() => heat(page)).toEqual([[...heatColours.subarray(0, 3)].join()]);

    // Against an uploaded picture; and one that is not there: the other side can be chosen anew.
    await page.goto(`${walk.skein.url}/compare?a=${a}`);
    await page.getByLabel('Search by name, prompt or setting').fill('2 steps');
    await soon(() => page.getByLabel(/^Compare with/).allInnerTexts()).toEqual([
      expect.stringMatching(/seed 1 · 2 steps/),
    ]);
    await page.getByLabel('Search by name, prompt or setting').fill('');
    await page.getByLabel('Compare with red.png').click();
    await soon(() => page.getByTestId('differences-of-form').innerText()).toContain(
      'every frame of A is held against it',
    );
    await soon(() => page.getByTestId('chart Latent distance').innerText()).toContain('B was uploaded');
    await page.goto(`${walk.skein.url}/compare?a=${a}&b=${'0'.repeat(32)}`);
    await soon(() => page.locator('main [role="alert"]').innerText()).toMatch(/^B: There is no such file any more/);
    await page.getByLabel('Compare with text-to-video.mp4').first().click();
    await page.waitForURL(`**/compare?a=${a}&b=${b}`);
  });
});

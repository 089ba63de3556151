import fs from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { emptySweep, type Sweep } from '../../nodes/sweep';
import { openFilm } from '../../server/media/decode';
import { template } from './ask';
import { findBrowser } from './find-browser';
import { prepareWalk } from './prepare-walk';
import { soon } from './soon';

/** From a control to a picked winner, by mouse; and 48 films on one clock. */
const executablePath = findBrowser();

describe.skipIf(!executablePath)('a sweep', () => {
  const walk = prepareWalk(executablePath);
  const { opened, shot } = walk;
  const shots = async (page: Page, name: string) => {
    if (!process.env['SKEIN_SHOTS']) return;
    for (const theme of ['dark', 'light']) {
      await page.evaluate((one) => {
        document.documentElement.dataset['theme'] = one;
      }, theme);
      for (const [width, height] of [
        [1440, 900],
        [1024, 768],
      ] as const) {
        await page.setViewportSize({ width, height });
        await page.waitForTimeout(400);
        await shot(page, `${name}-${theme}-${width}`);
      }
    }
    await page.evaluate(() => {
      document.documentElement.dataset['theme'] = 'dark';
    });
    await page.setViewportSize({ width: 1440, height: 900 });
  };

  test('from a control to a winner in the graph, and back by Undo', async ({ task }) => {
    // Words that nothing at this server has read before, not the first try of this test either.
    const words = { prompt: { text: `a small green cube moves ${task.result?.retryCount ? 'up' : 'down'}` } };
    const { id, page, canvas } = await opened(template('text-to-video', { denoiser: { steps: 6 }, ...words }));
    await canvas.card('denoiser').getByRole('slider', { name: 'Guidance', exact: true }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Sweep guidance' }).click();
    const panel = page.getByRole('complementary');
    await panel.getByLabel('Values of Guidance').fill('1, 3, 5');
    await panel.getByLabel('Add an axis').selectOption({ label: 'Seed' });
    await panel.getByLabel('Values of Seed').fill('2 seeds from 1');
    const summary = panel.getByTestId('sweep-summary');
    await soon(() => summary.innerText()).toMatch(/3 × 2 = 6 cells/);
    await panel.getByLabel('Values of Guidance').fill('1, 99');
    await soon(() => panel.locator('[data-axis="Guidance"]').innerText()).toContain('may be 30 at most');
    await soon(() => panel.getByRole('button', { name: 'Run sweep' }).isDisabled()).toBe(true);
    await panel.getByLabel('Values of Guidance').fill('1, 3, 5');
    await soon(() => summary.innerText()).toMatch(/3 × 2 = 6 cells/);
    await summary.getByText('What runs how often').click();
    await soon(() => summary.innerText()).toMatch(/Text encoder\s+once/i);
    await shots(page, 'sweep-panel');
    await panel.getByRole('button', { name: 'Run sweep' }).click();

    await page.waitForURL(/\/sweep\/[0-9a-f]{32}$/);
    const grid = page.getByTestId('grid');
    await soon(() => page.getByTestId('sweep-progress').innerText(), 300_000).toContain('6 of 6 done');
    await soon(() => grid.locator('video').count()).toBe(6);
    // Guidance lies across, seeds down; exchanged they lie the other way round.
    const order = () =>
      grid.locator('[data-cell]').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    const before = await order();
    expect(before[1]).toBe('Guidance 3 · Seed 1');
    await page.getByLabel('Swap the axes').click();
    expect((await order())[1]).toBe('Guidance 1 · Seed 2');
    await page.getByLabel('Swap the axes').click();
    await soon(() => order()).toEqual(before);
    await grid.getByText('1', { exact: true }).first().hover();
    await page.getByLabel('Hide 1', { exact: true }).first().click();
    await soon(() => grid.locator('[data-cell]').count()).toBe(4);
    await page.getByText('1 hidden: show').click();
    await soon(() => grid.locator('[data-cell]').count()).toBe(6);

    // All of them as one film with their labels.
    const saved = page.waitForEvent('download', { timeout: 120_000 });
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: /^Film/ }).click();
    const file = await (await saved).path();
    const [film, cell] = [
      await openFilm({ file, kind: 'mp4' }),
      (await walk.api.assets.list.query({ limit: 2 })).assets[1],
    ];
    expect(film.count).toBe(cell?.frames);
    expect(film.width).toBeGreaterThan(3 * 160);

    const table = page.waitForEvent('download', { timeout: 120_000 });
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: /^Table/ }).click();
    const lines = fs
      .readFileSync(await (await table).path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines[0]).toContain('flicker,motion,sharpness,"psnr to the first, dB",ssim to the first');

    const winner = grid.getByLabel('Guidance 5 · Seed 2', { exact: true });
    await winner.hover();
    await winner.getByLabel(/^Pick/).click();
    await page.waitForURL(new RegExp(`/graph/${id}`));
    await canvas.saved();
    const guidance = () =>
      canvas.card('denoiser').getByRole('slider', { name: 'Guidance', exact: true }).getAttribute('aria-valuenow');
    await soon(guidance).toBe('5');
    // Its film is there without a press of Run.
    await soon(() => canvas.card('muxer').getByTestId('origin').innerText()).toBe('from the cache');
    const stored = () => walk.api.graphs.get.query({ id });
    const seed = ({ graph }: Awaited<ReturnType<typeof stored>>) =>
      graph.nodes.find((node) => node.id === 'noise')?.params['seed'];
    expect(seed(await stored())).toBe(2);
    expect((await stored()).version).toBe(2);
    await soon(() => page.getByRole('button', { name: 'Undo', exact: true }).isEnabled()).toBe(true);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await soon(guidance).toBe('2');
    await soon(async () => seed(await stored())).toBe(1);
  }, 500_000);

  test('48 films on one clock: at no moment is one a frame away from another, round after round', async () => {
    const axes: Sweep['axes'] = [
      { name: 'Guidance', at: { node: 'denoiser', param: 'guidance' }, values: { kind: 'list', values: [1, 2] } },
      { name: 'Steps', at: { node: 'denoiser', param: 'steps' }, values: { kind: 'list', values: [1, 2] } },
      { name: 'Rate', at: { node: 'muxer', param: 'crf' }, values: { kind: 'range', from: 10, to: 32, step: 2 } },
    ];
    const graph = template('text-to-video', { denoiser: { steps: 1 } });
    const { sweepId } = await walk.api.sweeps.start.mutate({ graph, sweep: { ...emptySweep(), axes } });
    // Films that play take the processor from those still to be made.
    const cells = async () => (await walk.api.sweeps.get.query({ sweepId })).cells;
    await soon(async () => new Set((await cells()).map(({ state }) => state)), 400_000, 400).toEqual(new Set(['done']));
    const page = await walk.context.newPage();
    await page.goto(`${walk.skein.url}/sweep/${sweepId}`);
    await page.getByText('Rows within rows').click();
    const films = page.locator('video');
    await soon(() => films.count()).toBe(48);
    await soon(() => films.evaluateAll((all) => all.every((one) => (one as HTMLVideoElement).readyState >= 2))).toBe(
      true,
    );
    await shots(page, 'sweep-results');
    await page.getByLabel('Size of the cells').fill('90');
    const watch = () =>
      page.evaluate(async () => {
        const films = [...document.querySelectorAll('video')];
        const seen: number[] = [];
        const end = performance.now() + 6000;
        while (performance.now() < end) {
          await new Promise((resume) => requestAnimationFrame(resume));
          const at = films.map((film) => (film.seeking ? null : film.currentTime * 8)).filter((one) => one !== null);
          if (at.length) seen.push(Math.max(...at) - Math.min(...at));
        }
        return { worst: Math.max(...seen), looks: seen.length };
      });
    // A machine that draws fewer than five pictures a second shows no films at all: it is asked again.
    let frames = await watch();
    for (let again = 0; again < 6 && frames.looks < 30; again++) frames = await watch();
    console.log(`48 films: worst drift ${frames.worst.toFixed(3)} frames in ${frames.looks} looks`);
    expect(frames.looks).toBeGreaterThan(30);
    expect(frames.worst).toBeLessThanOrEqual(1);

    await page.getByLabel('Pause').click();
    await page.getByLabel('Place in the films').fill('0');
    await page.getByLabel('Frame on').click();
    await page.getByLabel('Frame on').click();
    await soon(() => page.getByTestId('frame').innerText()).toBe('3 / 17');
    const places = () =>
      films.evaluateAll((all) => [...new Set(all.map((one) => Math.floor((one as HTMLVideoElement).currentTime * 8)))]);
    await soon(places).toEqual([2]);
    await page.getByLabel('Frame back').click();
    await soon(places).toEqual([1]);
  }, 600_000);
});

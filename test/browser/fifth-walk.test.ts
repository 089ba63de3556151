import { describe, expect, test } from 'vitest';
import { textToVideo } from '../nodes/workflows-for-tests';
import { pictureGraph, template } from './ask';
import { middle } from './canvas';
import { findBrowser } from './find-browser';
import { prepareWalk } from './prepare-walk';
import { soon } from './soon';

/** What people who build large graphs reach for: everything by name, cards switched off, put in between, exchanged, brought in. */
const executablePath = findBrowser();

describe.skipIf(!executablePath)('a fifth walk: large graphs', () => {
  const walk = prepareWalk(executablePath);
  const { opened, shot } = walk;

  test('by keyboard alone: find a card, mute it, add one by name, take it all back', async () => {
    const { page, canvas } = await opened(template('text-to-video'));
    await page.keyboard.press('Control+f');
    await page.getByPlaceholder('Find a card by its name').fill('orange ball');
    await page.keyboard.press('Enter');
    const chosen = () => page.locator('.react-flow__node.selected [data-node]').getAttribute('data-node');
    await soon(chosen).toBe('prompt');
    await page.keyboard.press('Control+m');
    await soon(() => canvas.card('prompt').first().getByTestId('state').innerText()).toContain('muted');
    await soon(() => canvas.state('muxer').innerText()).toContain('left out');
    await shot(page, 'muted');
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('What do you want to do').fill('write a note');
    await page.keyboard.press('Enter');
    await page.locator('.react-flow__node-note').nth(1).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('What do you want to do').fill('add crop');
    await page.keyboard.press('Enter');
    await canvas.card('crop').waitFor();
    await page.keyboard.press('Control+z');
    await soon(() => canvas.card('crop').count()).toBe(0);
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    await soon(() => canvas.card('prompt').first().getByTestId('state').innerText()).not.toContain('muted');
  });

  test('a node goes into a wire, is bypassed, and is exchanged for another; the film follows', async () => {
    const { page, canvas } = await opened(pictureGraph(walk.red));
    const from = await middle(canvas.socket('image', 'Frames', 'output'));
    const to = await middle(canvas.socket('still', 'Frames', 'input'));
    const menu = page.getByRole('menu');
    const choose = (name: string) => menu.getByRole('menuitem', { name }).click();
    await page.mouse.click((from.x + to.x) / 2, (from.y + to.y) / 2, { button: 'right' });
    await choose('Insert a node');
    await page.getByPlaceholder('What goes in between?').fill('resize');
    await page.keyboard.press('Enter');
    await canvas.card('resize').waitFor();
    await soon(() => canvas.wires()).toBe(2);
    await canvas.setNumber('resize', 'Width', '24');
    await canvas.setNumber('resize', 'Height', '24');
    expect(await canvas.run()).toMatch(/Done/);
    await soon(() => canvas.card('still').innerText()).toContain('24×24');

    await canvas.card('resize').locator('header').click();
    await page.keyboard.press('Control+b');
    await soon(() => canvas.state('resize').innerText()).toContain('bypassed');
    expect(await canvas.run()).toMatch(/Done/);
    await soon(() => canvas.card('still').innerText()).not.toContain('24×24');

    await canvas.card('resize').locator('header').click({ button: 'right' });
    await choose('Replace');
    await page.getByPlaceholder('What takes its place?').fill('trim');
    await page.keyboard.press('Enter');
    await canvas.card('trim').waitFor();
    await soon(() => canvas.wires()).toBe(2);
    await soon(() => canvas.card('resize').count()).toBe(0);
  });

  test('several cards get a bar; a collapsed card keeps its sockets; a run tells what it did', async () => {
    const { page, canvas } = await opened(pictureGraph(walk.red));
    expect(await canvas.run()).toMatch(/Done/);
    await canvas.card('image').locator('header').click();
    await page.keyboard.down('Shift');
    await canvas.card('still').locator('header').click();
    await page.keyboard.up('Shift');
    const bar = page.getByRole('toolbar', { name: 'Chosen cards' });
    await bar.getByRole('button', { name: 'Align' }).click();
    await page.getByRole('button', { name: 'Middles, side by side' }).click();
    const centre = async (type: string) => (await middle(canvas.card(type))).y;
    await soon(async () => Math.abs((await centre('image')) - (await centre('still')))).toBeLessThan(2);
    await page.keyboard.press('Escape');
    await bar.getByRole('button', { name: 'Collapse' }).click();
    await soon(() => canvas.card('still').getByLabel('Name', { exact: true }).count()).toBe(0);
    await soon(() => canvas.wires()).toBe(1);
    await page.getByRole('button', { name: 'Runs and results' }).click();
    await page.getByTestId('run-details').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Where the time went').waitFor();
    await dialog.getByText('Nothing: Run would make the same.').waitFor();
    await shot(page, 'run-details');
  });

  test('a ComfyUI workflow chosen in the library opens as a graph, with a note of what is different', async () => {
    const { page, canvas } = await opened(template('text-to-video'));
    const workflow = { ...textToVideo, 41: { class_type: 'RIFE VFI', inputs: { frames: ['9', 0] } } };
    await page.goto(`${walk.skein.url}/library`);
    const buffer = Buffer.from(JSON.stringify(workflow));
    await page.getByLabel('Graph file').setInputFiles({ name: 'ball.json', mimeType: 'application/json', buffer });
    await canvas.opened();
    await soon(() => page.getByLabel('Name of this graph').inputValue()).toBe('ball');
    await page.getByText('RIFE VFI').first().waitFor();
    await soon(() => canvas.cards()).toBe(8);
    await shot(page, 'from-comfyui');
    // Its model file is called gosling, which is there: the workflow runs.
    expect(await canvas.run()).toMatch(/Done/);
    await canvas.card('muxer').locator('video').waitFor();
  });

  test('keys are one’s own; what is wrong, what a card is for and why it will run stands beside the canvas', async () => {
    const { page, canvas } = await opened(pictureGraph(walk.red));
    await page.keyboard.press('?');
    const help = page.getByRole('dialog');
    await help.getByLabel('Keys of Tidy up: T').click();
    await page.keyboard.press('Control+d');
    await help.getByText('Ctrl D belongs to “Duplicate what is chosen”. Press it again to take it.').waitFor();
    await page.keyboard.press('Control+d');
    await help.getByLabel('Keys of Duplicate what is chosen: none').waitFor();
    await shot(page, 'own-keys');
    await help.getByRole('button', { name: 'Reset all keys' }).click();
    await page.keyboard.press('Escape');
    await canvas.card('still').locator('header').click();
    await page.keyboard.press('Control+d');
    await soon(() => canvas.cards()).toBe(3);
    await page.keyboard.press('Control+z');

    await canvas.card('still').locator('header').click();
    await page.keyboard.press('F1');
    await soon(() => page.getByTestId('node-help').innerText()).toMatch(
      /Still[\s\S]*Takes[\s\S]*Frames[\s\S]*Settings/,
    );
    await canvas.card('image').locator('header').click();
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: 'Problems: 1' }).click();
    await page
      .getByRole('complementary')
      .getByRole('button', { name: /Still · Frames/ })
      .click();
    await soon(() => page.locator('.react-flow__node.selected [data-node]').getAttribute('data-node')).toBe('still');
    await page.keyboard.press('Control+z');

    expect(await canvas.run()).toMatch(/Done/);
    await canvas.card('still').getByLabel('Name', { exact: true }).fill('another');
    await soon(() => canvas.state('still').innerText()).toContain('will run: name');
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await soon(() => canvas.state('still').innerText()).not.toContain('will run');
  });

  test('tabs keep undo and view; a bent wire, a pinned card, and a preset outlast the way there and back', async () => {
    const first = await walk.api.graphs.create.mutate({ graph: pictureGraph(walk.red, 'First') });
    const { page, canvas } = await opened(pictureGraph(walk.red, 'Second'));
    await page.goto(`${walk.skein.url}/graph/${first.id}`);
    const tabs = page.getByRole('tab');
    await soon(() => tabs.allInnerTexts()).toEqual(['Second', 'First']);
    await canvas.saved();
    const from = await middle(canvas.socket('image', 'Frames', 'output'));
    const to = await middle(canvas.socket('still', 'Frames', 'input'));
    await page.mouse.dblclick((from.x + to.x) / 2, (from.y + to.y) / 2);
    await soon(() => page.getByTestId('bend').count()).toBe(1);
    await canvas.card('still').locator('header').click();
    await page.keyboard.press('p');
    await page.keyboard.press('Delete');
    await page.getByText('It is pinned').waitFor();
    await canvas.card('still').locator('header').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Presets' }).click();
    await page.getByLabel('Name of the preset').fill('As it was');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^As it was/ }).waitFor();
    await page.keyboard.press('Escape');
    const name = canvas.card('still').getByLabel('Name', { exact: true });
    await name.fill('another');
    await canvas.saved();

    await tabs.filter({ hasText: 'Second' }).click();
    await soon(() => page.getByLabel('Name of this graph').inputValue()).toBe('Second');
    await soon(() => page.getByTestId('bend').count()).toBe(0);
    await tabs.filter({ hasText: 'First' }).click();
    await soon(() => page.getByTestId('bend').count()).toBe(1);
    await soon(() => name.inputValue()).toBe('another');
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await soon(() => name.inputValue()).toBe('still');
    await page.getByRole('button', { name: 'Redo', exact: true }).click();
    await canvas.card('still').locator('header').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Presets' }).click();
    await page.getByRole('button', { name: /^As it was/ }).click();
    await soon(() => name.inputValue()).toBe('still');
    await shot(page, 'tabs');
    await tabs.filter({ hasText: 'First' }).click({ button: 'middle' });
    await soon(() => page.getByLabel('Name of this graph').inputValue()).toBe('Second');
    await soon(() => tabs.count()).toBe(0);
  });

  test('the queue is paused, put in order and goes on; what was first in line runs first', async () => {
    const other = await walk.api.graphs.create.mutate({ graph: pictureGraph(walk.red, 'Elsewhere') });
    const { page, canvas } = await opened(pictureGraph(walk.red, 'Here'));
    const { graph } = await walk.api.graphs.get.query({ id: other.id });
    await walk.api.runs.pause.mutate({ paused: true });
    const { runId } = await walk.api.runs.start.mutate({ graph, graphId: other.id });
    await canvas.runButton().click();
    await soon(() => canvas.status().innerText()).toContain('The queue is paused');
    await page.getByRole('button', { name: /The queue is paused/ }).click();
    const queue = page.getByRole('region', { name: 'Queue, paused' });
    await soon(async () => (await queue.getByRole('listitem').allInnerTexts()).join()).toMatch(/Elsewhere.*Here/s);
    await queue.getByLabel('To the front').nth(1).click();
    await soon(async () => (await walk.api.runs.queue.query()).map(({ name }) => name)).toEqual(['Here', 'Elsewhere']);
    await shot(page, 'queue');
    await queue.getByRole('button', { name: 'Resume' }).click();
    await soon(() => canvas.status().innerText()).toMatch(/^Done/);
    await soon(async () => (await walk.api.runs.get.query({ runId })).run.state).toBe('done');
    const { runs } = await walk.api.runs.list.query({ limit: 2 });
    const began = Object.fromEntries(runs.map(({ name, startedAt }) => [name, startedAt?.getTime() ?? 0]));
    expect(began['Here']).toBeLessThanOrEqual(began['Elsewhere']!);
  });
});

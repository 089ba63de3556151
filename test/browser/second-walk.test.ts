import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { pictureGraph, template } from './ask';
import { CanvasPage } from './canvas';
import { findBrowser } from './find-browser';
import { crash, drop, paste, picture } from './gestures';
import { prepareWalk } from './prepare-walk';
import { soon } from './soon';

/** What happens on a bad day: failures, queues, crashes, a server that is away. */
const executablePath = findBrowser();

describe.skipIf(!executablePath)('a second walk: the bad days', () => {
  const walk = prepareWalk(executablePath);
  const { opened, sent, shot, visited } = walk;

  test('an older version is named, held against the canvas and brought back; the newer one stays in the history', async () => {
    const { page, canvas } = await opened(template('text-to-video'));
    for (const count of ['7', '9']) {
      await canvas.setNumber('denoiser', 'Steps', count);
      await canvas.saved();
    }
    await page.getByLabel('Versions of this graph').click();
    const versions = page.getByRole('complementary', { name: 'Versions' }).getByRole('listitem');
    await soon(() => versions.count()).toBe(3);
    await versions.last().hover();
    await versions.last().getByRole('button', { name: 'Name version 1' }).click();
    await page.getByLabel('Name of this version').fill('As it came');
    await page.keyboard.press('Enter');
    await soon(() => versions.last().innerText()).toMatch(/1\s+As it came\s+Saved/);
    await versions.last().hover();
    await versions.last().getByRole('button', { name: 'What differs from version 1' }).click();
    const differences = page.getByRole('dialog', { name: 'As it came' });
    await soon(() => differences.getByTestId('graph-differences').innerText()).toBe('Denoiser: Steps 20 → 9');
    await shot(page, 'version-difference');
    await page.keyboard.press('Escape');
    const back = async (index: number) => {
      await versions.nth(index).hover();
      await versions.nth(index).getByRole('button', { name: 'Go back' }).click();
    };
    await back(1);
    await soon(() => canvas.steps()).toBe('7');
    await soon(() => versions.count()).toBe(4);
    await soon(() => versions.first().innerText()).toMatch(/4\s+Restored/);
    await shot(page, 'versions');
    await back(1);
    await soon(() => canvas.steps()).toBe('9');
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await soon(() => canvas.steps()).toBe('7');
    await canvas.saved();
    await page.reload();
    await soon(() => canvas.steps()).toBe('7');
  });

  test('runs of several tabs wait in line, each knows its place, and each can be taken back', async () => {
    const long = await opened({ ...template('text-to-video', { denoiser: { steps: 1000 } }), name: 'Long' });
    await long.canvas.runButton().click();
    await soon(() => long.canvas.state('denoiser').innerText(), 40_000).toMatch(/of 1000/);
    const next = await opened(pictureGraph(walk.red, 'Next'));
    await next.canvas.runButton().click();
    await soon(() => next.canvas.status().innerText()).toMatch(/Queued\n1 ahead/);
    const last = await opened(pictureGraph(walk.red, 'Last'));
    await last.canvas.runButton().click();
    await soon(() => last.canvas.status().innerText()).toMatch(/Queued\n2 ahead/);
    await shot(last.page, 'queued');
    // Within the time of a double click a press on what was Run takes nothing back.
    await last.page.waitForTimeout(400);
    await last.page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await soon(() => last.canvas.status().innerText()).toMatch(/^Cancelled/);

    // The same graph once more, while it runs: it waits in the queue of all graphs, and is taken back there.
    await long.page.bringToFront();
    await long.page.keyboard.press('Control+Enter');
    await long.page.getByText('It starts when the run before it is done.').waitFor();
    await long.page.getByLabel('Runs and results').click();
    const line = long.page.getByRole('region', { name: 'Queue' }).getByRole('listitem');
    await soon(() => line.count()).toBe(3);
    await shot(long.page, 'runs');
    await line.nth(2).getByLabel('Cancel').click();
    await long.page.getByRole('complementary').getByText('Cancelled', { exact: true }).waitFor();
    await soon(() => long.canvas.state('denoiser').innerText()).toMatch(/of 1000/);

    await long.page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await soon(() => long.canvas.status().innerText()).toMatch(/^Cancelled/);
    await soon(() => next.canvas.status().innerText()).toMatch(/^Done in/);
    expect((await walk.api.runs.queue.query()).length).toBe(0);
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
    await soon(() => canvas.status().innerText()).not.toMatch(/^Failed/);
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
    const blob = path.join(walk.skein.home, 'blobs', body.sha256.slice(0, 2), body.sha256);
    const bytes = fs.readFileSync(blob);
    bytes[bytes.length - 20]! ^= 0xff;
    fs.chmodSync(blob, 0o600);
    fs.writeFileSync(blob, bytes);
    const { page, canvas } = await opened(pictureGraph(body.sha256, 'Rotten'));
    await canvas.runButton().click();
    await soon(() => canvas.status().innerText()).toMatch(/^Failed/);
    await soon(() => canvas.state('image').innerText()).toBe('failed');
    const says = await canvas.card('image').getByRole('alert').locator('p').first().innerText();
    expect(says).toMatch(/damaged on disk.*upload it anew/);
    await soon(() => canvas.status().innerText()).toMatch(/^Failed at Image/);
    await canvas.card('image').getByText('No preview of this file').waitFor();
    await shot(page, 'failed');
    await page.setViewportSize({ width: 1024, height: 640 });
    await shot(page, 'failed-small');
    await canvas
      .card('image')
      .locator('input[type="file"]')
      .setInputFiles({ name: 'red.png', mimeType: 'image/png', buffer: await picture('yellow') });
    expect(await canvas.run()).toMatch(/^Done in/);
    await soon(() => canvas.card('image').getByRole('alert').count()).toBe(0);
  });

  test('Run pressed while a file is still being sent waits for it, and uses it', async () => {
    const { page, canvas } = await opened(pictureGraph(walk.red, 'Hasty'));
    const pixel = async () => {
      const result = canvas.card('still').locator('img');
      await result.waitFor();
      return (await page.request.get(new URL((await result.getAttribute('src')) ?? '', page.url()).href)).body();
    };
    expect(await canvas.run()).toMatch(/^Done in/);
    const before = await pixel();
    let letThrough = () => {};
    const held = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    await page.route('**/api/assets', async (route) => {
      await held;
      await route.continue();
    });
    await canvas
      .card('image')
      .locator('input[type="file"]')
      .setInputFiles({ name: 'yellow.png', mimeType: 'image/png', buffer: await picture('yellow') });
    await canvas.runButton().click();
    await soon(() => canvas.status().innerText()).toMatch(/^Waiting for an upload/);
    await canvas.runButton().click();
    letThrough();
    const runs = async () =>
      (await walk.api.runs.list.query({ graphId: page.url().split('/').pop()!, limit: 9 })).runs.map(
        ({ state }) => state,
      );
    await soon(runs).toEqual(['done', 'done']);
    await soon(async () => Buffer.compare(await pixel(), before)).not.toBe(0);
    expect((await runs()).length).toBe(2);
  });

  test('the library: search, rename, tags, duplicate, delete and bring back', async () => {
    const page = await walk.context.newPage();
    const name = 'Quiet harbour';
    await walk.api.graphs.create.mutate({ graph: pictureGraph(walk.red, name) });
    await page.goto(`${walk.skein.url}/library`);
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
    const renamed = (await walk.api.graphs.list.query()).find((graph) => graph.name === 'Quiet lake');
    expect(renamed?.version).toBe(2);
    await choose('Quiet lake', 'Tags');
    await page.getByLabel('Tags, with commas between them').fill('water, #Calm, calm');
    await page.keyboard.press('Enter');
    const tags = page.getByRole('group', { name: 'Tags' });
    await soon(() => tags.innerText()).toMatch(/Calm\s*1\s*water\s*1/);
    await tags.getByRole('button', { name: /water/ }).click();
    await page.getByLabel('Search by name').fill('#calm');
    await soon(() => tiles.count()).toBe(1);
    await choose('Quiet lake', 'Duplicate');
    await soon(() => tiles.count()).toBe(2);
    await shot(page, 'library');
    await choose('Quiet lake (copy)', 'Delete');
    await soon(() => tiles.count()).toBe(1);
    await page.getByRole('button', { name: 'Bring back' }).click();
    await soon(() => tiles.count()).toBe(2);
    await page.getByLabel('Search by name').fill('no such thing');
    await page.getByText('Nothing like that').waitFor();
    expect((await walk.api.graphs.list.query()).map((graph) => graph.name)).not.toContain('Quiet storm');
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
    const made = await walk.api.graphs.get.query({ id: page.url().split('/').pop()! });
    expect(made.graph).toEqual((await walk.api.graphs.get.query({ id })).graph);

    // The same words pasted lay a second set of cards beside the first.
    const cards = await canvas.cards();
    await paste(page, text);
    await soon(() => canvas.cards()).toBe(2 * cards);
    await canvas.saved();
    const { graph } = await walk.api.graphs.get.query({ id: made.id });
    expect(graph.layout.groups.length).toBe(2);
    expect(graph.wires.length).toBe(2 * made.graph.wires.length);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await soon(() => canvas.cards()).toBe(cards);

    await drop(page, 'broken.json', 'application/json', '{"format": "skein-graph", ');
    await page.getByText('not valid JSON').waitFor();
    await paste(page, '{"format": "skein-graph", "version": 1, "nodes": 7}');
    await page.getByText('Nothing to paste').waitFor();
    await soon(() => canvas.cards()).toBe(cards);
  });

  test('a server that is away costs nothing: edits wait, and are saved when it is back', async () => {
    const { id, page, canvas } = await opened(template('text-to-video', { noise: { frames: 1 } }));
    const draft = `skein.draft.${id}`;
    expect(await canvas.run()).toMatch(/^Done in/);
    await walk.context.setOffline(true);
    await canvas.setNumber('denoiser', 'Steps', '11');
    // What was made is no longer what the graph says, whether or not the server can be asked.
    await soon(() => canvas.state('denoiser').innerText()).toContain('will run');
    await soon(() => canvas.card('muxer').getByTestId('origin').innerText()).toBe('from before');
    const state = page.getByTestId('save-state');
    await state.getByText('Not saved yet').waitFor();
    await soon(() => state.getAttribute('data-hint')).toContain('Nothing on this page is lost');
    await canvas.runButton().click();
    await page.getByText('The server did not answer').first().waitFor();
    await soon(() => page.evaluate((key) => localStorage.getItem(key) ?? '', draft)).toContain('"steps":11');
    await shot(page, 'offline');
    await canvas.setNumber('denoiser', 'Steps', '12');
    await walk.context.setOffline(false);
    await canvas.saved();
    await soon(() => canvas.steps()).toBe('12');
    await soon(() => page.evaluate((key) => localStorage.getItem(key), draft)).toBeNull();
    expect(await canvas.run()).toMatch(/^Done in/);
  });

  test('a tab that dies with unsaved work has it again, even when another tab was faster', async () => {
    const { id, canvas } = await opened(template('text-to-video'));
    const stored = () => walk.api.graphs.get.query({ id });
    await soon(() => canvas.steps()).toBe('20');
    await crash(canvas, '13');
    expect((await stored()).version).toBe(1);
    const again = await visited(id);
    await soon(() => again.canvas.steps()).toBe('13');
    await soon(async () => (await stored()).version).toBe(2);

    await crash(again.canvas, '15');
    const { graph, head } = await stored();
    await walk.api.graphs.save.mutate({ id, graph: { ...graph, about: 'Changed elsewhere.' }, baseVersion: head });
    const third = await walk.context.newPage();
    const there = new CanvasPage(third);
    await third.goto(`${walk.skein.url}/graph/${id}`);
    await third.getByText('theirs is version 3, yours 4').waitFor();
    await soon(() => there.steps()).toBe('15');
    await shot(third, 'conflict');
    await third.setViewportSize({ width: 1024, height: 640 });
    await shot(third, 'conflict-small');
    await third.getByRole('button', { name: 'Open theirs' }).click();
    await soon(() => there.steps()).toBe('13');
    await there.saved();
    await third.getByRole('button', { name: 'Undo', exact: true }).click();
    await soon(() => there.steps()).toBe('15');
    await soon(async () => (await stored()).version).toBe(5);
  });
});

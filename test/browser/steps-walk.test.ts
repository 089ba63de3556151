import { describe, expect, test } from 'vitest';
import type { Graph } from '../../nodes/graph';
import type { MadeWith } from '../../nodes/made-with';
import { gifComment, tagText } from '../../server/media/tags';
import { template } from './ask';
import { findBrowser } from './find-browser';
import { prepareWalk } from './prepare-walk';
import { soon } from './soon';

/** Through the steps of a clip, a branch from one of them, and a result made again out of its file. */
const executablePath = findBrowser();

describe.skipIf(!executablePath)('steps and history', () => {
  const walk = prepareWalk(executablePath);
  const { opened, shot } = walk;
  const lastRun = async (graphId: string) => {
    const { runs } = await walk.api.runs.list.query({ graphId, limit: 1 });
    return walk.api.runs.get.query({ runId: runs[0]?.id ?? '' });
  };
  let made: { graph: Graph; record: MadeWith; film: Buffer };

  test('the steps of a clip outlive a reload, and a branch from one of them computes the rest alone', async () => {
    const graph = template('text-to-video', { denoiser: { steps: 6, keepSteps: 'all' }, muxer: { format: 'gif' } });
    const { id, page, canvas } = await opened(graph);
    await canvas.runButton().click();
    await soon(() => canvas.status().innerText(), 120_000).toContain('Everything is cached');
    const before = await lastRun(id);
    const file = before.nodes.flatMap(({ outputs }) => Object.values(outputs)).find((output) => output.file)?.file;
    const film = await fetch(`${walk.skein.url}/api/assets/${file?.asset}`);
    made = { graph: before.graph, record: before.record!, film: Buffer.from(await film.arrayBuffer()) };

    await page.reload();
    const steps = page.getByTestId('steps');
    await steps.getByRole('img', { name: 'The finished clip' }).waitFor();
    const slider = steps.getByRole('slider', { name: 'Step', exact: true });
    await slider.focus();
    const picture = () => steps.getByRole('img').evaluate((image) => getComputedStyle(image).backgroundImage);
    const seen = new Set([await picture()]);
    for (let step = 5; step >= 3; step--) {
      await page.keyboard.press('ArrowLeft');
      await steps.getByRole('img', { name: `The clip after step ${step}` }).waitFor();
      seen.add(await picture());
    }
    expect(seen.size).toBe(4);
    await soon(() => steps.innerText()).toMatch(/Step 3 of 6\s+noise σ 0\.\d+/);
    await shot(page, 'steps');

    await steps.getByLabel('Branch from here').focus();
    await page.keyboard.press('Enter');
    const card = (title: string) => page.locator('[data-type="denoiser"]', { hasText: title });
    await card('Denoiser from step 3').waitFor();
    await soon(() => card('Denoiser to step 3').getByTestId('state').innerText()).toBe('cached');
    await canvas.saved();
    await shot(page, 'branch');
    await canvas.runButton().click();
    await soon(() => canvas.status().innerText(), 120_000).toContain('Everything is cached');
    const after = await lastRun(id);
    const node = (title?: string) => {
      const { id: named } = after.graph.nodes.find((one) => one.type === 'denoiser' && one.title === title)!;
      return after.nodes.find((one) => one.node === named)!;
    };
    expect(node('Denoiser to step 3').state).toBe('reused');
    expect(node('Denoiser from step 3').state).toBe('done');
    // Nothing was changed on it: the same bits.
    expect(node('Denoiser from step 3').outputs['clip']?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(node('Denoiser from step 3').outputs['clip']?.digest).toBe(node().outputs['clip']?.digest);

    await page.getByLabel('Runs').first().click();
    await page.getByTestId('run-details').first().click();
    const details = page.getByRole('dialog');
    await soon(() => details.innerText()).toContain('What it was made with');
    await soon(() => details.innerText()).toMatch(/Denoiser from step 3\s+[\d.]+ m?s\s+Added since the run before/);
    await shot(page, 'run-details');
  });

  test('a result opens its graph, says what is different here, and whether it came out the same', async () => {
    const page = await walk.context.newPage();
    const open = async (name: string, bytes: Buffer) => {
      await page.goto(`${walk.skein.url}/library`);
      await page.getByLabel('Graph file').setInputFiles({ name, mimeType: 'image/gif', buffer: bytes });
      await page.waitForURL(/\/graph\/[0-9a-f]{32}$/);
      return page.getByLabel('Made again');
    };
    const bar = await open('ball.gif', made.film);
    await soon(() => bar.innerText()).toContain('All here is as it was when this was made');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await soon(() => bar.innerText()).toContain('Identical, byte for byte');
    // From the cache, that says nothing; made anew, it does.
    await bar.getByRole('button', { name: 'Make it anew' }).click();
    const graphId = page.url().slice(-32);
    await soon(async () => (await walk.api.runs.list.query({ graphId, limit: 1 })).runs[0], 120_000).toMatchObject({
      ...{ state: 'done', fresh: true, reused: 0 },
    });
    await soon(() => bar.innerText()).toMatch(/^ball.gif\s+Identical, byte for byte\.$/);
    await shot(page, 'reproduced');

    // The same film, as if from a place with an older runtime and other weights, where the clip came out otherwise.
    const record: MadeWith = {
      ...made.record,
      onnxruntime: '1.0.0',
      models: { gosling: { title: 'Gosling', digest: 'a'.repeat(64) } },
    };
    const tag = tagText(made.graph, { with: record, results: { denoiser: { clip: 'b'.repeat(64) } } });
    const foreign = Buffer.concat([
      Buffer.from('GIF89a\x01\0\x01\0\0\0\0', 'latin1'),
      gifComment(tag),
      Buffer.from(';'),
    ]);
    const other = await open('elsewhere.gif', foreign);
    await soon(() => other.innerText()).toContain('2 things are different here');
    await soon(() => other.innerText()).toContain('The model Gosling has other weights here');
    await soon(() => other.innerText()).toContain('onnxruntime 1.0.0 there');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await soon(() => other.innerText()).toContain('Not the same: it differs from “Denoiser” on.');
    await shot(page, 'differs');
  });
});

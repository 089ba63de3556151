import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { frameOf, meanSquare } from '../../bench/quality/clip-measures';
import { gatesOf, isMet } from '../../bench/quality/gates';
import { openKnowledge } from '../../bench/quality/knowledge';
import { readOptions } from '../../bench/quality/options';
import { readClip } from '../../bench/quality/read-clip';
import { openStudio } from '../../bench/quality/studio';
import { prompts, textFigures } from '../../bench/quality/text-figures';
import { openTruth } from '../../bench/quality/truth-clips';
import { readGraph } from '../../nodes/graph';
import { openWorkshop } from '../../server/worker/executor-workshop';

const root = path.resolve(import.meta.dirname, '../..');
const gosling = path.join(root, 'models/gosling');

test('the studio makes what the whole product makes, to the last bit', async () => {
  const settings = { sampler: 'unipc', steps: 3, guidance: 3 };
  const { graph } = readGraph(fs.readFileSync(path.join(root, 'graphs/text-to-video.json'), 'utf8'));
  const { prompt } = prompts[0]!;
  const nodes = graph!.nodes
    .filter(({ type }) => type !== 'muxer')
    .map((node) => {
      if (node.id === 'prompt') return { ...node, params: { text: prompt } };
      if (node.type === 'denoiser') return { ...node, params: { ...node.params, ...settings } };
      return node.type === 'noise-seed' ? { ...node, params: { ...node.params, seed: 7 } } : node;
    });
  const still = { id: 'still', type: 'still', version: 1, params: { index: 9, format: 'png' } };
  const wires = graph!.wires.filter(({ to }) => to.node !== 'muxer');
  const seen = { from: { node: 'decoder', port: 'frames' }, to: { node: 'still', port: 'frames' } };

  const dataFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-test-'));
  const [workshop, studio] = await Promise.all([
    openWorkshop({ dataFolder, modelFolders: [gosling], device: 'cpu' }),
    openStudio(gosling),
  ]);
  try {
    const outcome = await workshop.run(
      { graph: { ...graph!, nodes: [...nodes, still], wires: [...wires, seen] } },
      { emit: () => undefined, signal: new AbortController().signal },
    );
    expect(outcome.failures).toEqual([]);
    const [summary] = Object.values(outcome.outputs.get('still')!);
    const picture = await sharp(workshop.cache.files.path(summary!.file!.sha256)).removeAlpha().raw().toBuffer();
    const clip = await studio.make({ prompt, seed: 7, settings });
    expect(Buffer.compare(picture, Buffer.from(frameOf(clip, 9).data))).toBe(0);
  } finally {
    await Promise.all([workshop.close(), studio.close()]);
    fs.rmSync(dataFolder, { recursive: true, force: true });
  }
});

test('a held first picture is in the clip, and comes back no worse than the VAE lets it', async () => {
  const studio = await openStudio(gosling);
  try {
    const { clip, prompt } = (await openTruth())[0]!;
    const first = frameOf(clip, 0);
    const settings = { sampler: 'euler', steps: 2, guidance: 1 };
    const made = await studio.make({ prompt, seed: 1, settings, hold: [{ clip: first, position: 'first' }] });
    const alone = await studio.roundTrip(first);
    expect(meanSquare(frameOf(made, 0), alone)).toBeLessThan(1e-6);
  } finally {
    await studio.close();
  }
});

test('clips that show what was asked reach every gate on text; shuffled prompts reach none', async () => {
  const [know, known] = await Promise.all([openKnowledge(), openTruth()]);
  const samples = known.map((wanted, seed) => ({
    wanted,
    seed,
    clip: wanted.clip,
    reading: readClip(wanted.clip, know),
  }));
  const text = textFigures(samples);
  for (const gate of gatesOf({ text }).filter(({ shuffled }) => shuffled !== undefined)) {
    expect(gate.value, gate.name).toBeGreaterThanOrEqual(0.98);
    expect(gate.shuffled, gate.name).toBeLessThan(0.5);
    if (gate.gpu !== undefined)
      expect([isMet(gate, gate.gpu), isMet({ ...gate, value: gate.shuffled }, gate.cpu)]).toEqual([true, false]);
  }
  expect(text.flicker).toBeGreaterThan(0.985);
});

test('there are 200 prompts, each asking for what its words say', () => {
  expect(prompts).toHaveLength(200);
  for (const { prompt, colour, shape } of prompts) expect(prompt).toContain(`${colour} ${shape}`);
});

test('what cannot be measured is refused with a remedy', () => {
  expect(() => readOptions(['--prompts', '0'])).toThrow(/from 1 to 200/);
  expect(() => readOptions(['--sampler', 'magic'])).toThrow(/There are: .*unipc/);
  expect(() => readOptions(['--steps', '4,8'])).toThrow(/--sweep/);
  expect(readOptions(['--sweep', '--steps', '4,8']).steps).toEqual([4, 8]);
});

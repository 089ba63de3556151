import { expect, test } from 'vitest';
import { readClip } from '../../app/editor/state/clipboard';
import { readPresetFile } from '../../app/editor/state/presets';
import { check } from '../../nodes/check';
import { graphInTags } from '../../nodes/embedded/read-tags';
import { readGraph } from '../../nodes/graph';
import { readSweep } from '../../nodes/sweep';
import { cellGraph, layOut } from '../../nodes/sweep-cells';
import { models } from '../nodes/graphs-for-tests';

/*
 * Files as they were written when their format was made, letter for letter: whatever is added to Skein later must read them as
 * they were meant. Documents with components are in `component-format.test.ts`, databases in `store/migrate.test.ts`.
 */

const wire = (from: string, output: string, to: string, input: string) => ({
  from: { node: from, port: output },
  to: { node: to, port: input },
});

/** The first graphs: of the denoiser no setting that came later. */
const graph = {
  format: 'skein-graph',
  version: 1,
  name: 'Ball',
  nodes: [
    { id: 'model', type: 'model', version: 1, params: { model: 'gosling' } },
    { id: 'prompt', type: 'prompt', version: 1, params: { text: 'a ball' } },
    { id: 'noise', type: 'noise-seed', version: 1, params: { seed: 7, width: 64, height: 64, frames: 17, fps: 8 } },
    { id: 'text', type: 'text-encoder', version: 1, params: {} },
    {
      id: 'denoiser',
      type: 'denoiser',
      version: 1,
      params: { sampler: 'unipc', schedule: 'flow', steps: 9, guidance: 2 },
    },
    { id: 'decoder', type: 'vae-decoder', version: 1, params: {} },
    { id: 'muxer', type: 'muxer', version: 1, params: { format: 'mp4', fps: null, crf: 18, name: 'ball' } },
  ],
  wires: [
    wire('model', 'textEncoder', 'text', 'model'),
    wire('prompt', 'text', 'text', 'prompt'),
    wire('model', 'denoiser', 'noise', 'model'),
    wire('model', 'denoiser', 'denoiser', 'model'),
    wire('noise', 'noise', 'denoiser', 'noise'),
    wire('text', 'text', 'denoiser', 'text'),
    wire('text', 'avoid', 'denoiser', 'avoid'),
    wire('model', 'vae', 'decoder', 'model'),
    wire('denoiser', 'clip', 'decoder', 'clip'),
    wire('decoder', 'frames', 'muxer', 'frames'),
  ],
  layout: { positions: { model: { x: 0, y: 0 } }, widths: {}, groups: [], notes: [] },
};

test('a graph of version 1 is read, has no problems, and keeps what was set', () => {
  const read = readGraph(JSON.stringify(graph)).graph!;
  expect(check(read, models).problems).toEqual([]);
  expect(read.nodes.find(({ id }) => id === 'denoiser')?.params).toMatchObject({ sampler: 'unipc', steps: 9 });
  expect(read.layout.positions).toEqual({ model: { x: 0, y: 0 } });
});

test('a sweep is read, and has the cells it had', () => {
  const { sweep } = readSweep({
    format: 'skein-sweep',
    version: 1,
    axes: [
      { name: 'steps', at: { node: 'denoiser', param: 'steps' }, values: { kind: 'range', from: 4, to: 12, step: 4 } },
      { name: 'seed', at: { node: 'noise', param: 'seed' }, values: { kind: 'seeds', from: 3, count: 2 } },
      { name: 'colour', values: { kind: 'list', values: ['red', 'blue'] } },
      {
        name: 'words',
        at: { node: 'prompt', param: 'text' },
        values: { kind: 'template', text: 'a {colour} ball' },
      },
    ],
    skips: [{ steps: [4], colour: ['red'] }],
  });
  const read = readGraph(graph).graph!;
  const laid = layOut(read, sweep!, { limit: 256 });
  expect(laid.problems).toEqual([]);
  expect(laid.cells).toHaveLength(3 * 2 * 2 - 2);
  const last = cellGraph(read, laid, laid.cells.at(-1)!);
  expect(last.nodes.find(({ id }) => id === 'prompt')?.params).toEqual({ text: 'a blue ball' });
});

test('a file of presets is read', () => {
  const presets = [{ type: 'denoiser', version: 1, name: 'Quick', params: { steps: 4 } }];
  expect(readPresetFile(JSON.stringify({ format: 'skein-presets', version: 1, presets }))).toEqual({ presets });
});

test('copied cards are read', () => {
  const clip = {
    ...{ format: 'skein-clip', version: 1, notes: [], groups: [], wires: [] },
    nodes: [graph.nodes[1]],
    positions: { prompt: { x: 1, y: 2 } },
  };
  expect(readClip(JSON.stringify(clip))?.nodes).toEqual([graph.nodes[1]]);
});

test('the words in a film give its graph; those of the first films said nothing of what they were made with', () => {
  const made = {
    with: {
      ...{ skein: '0.1.0', node: '20.19.0', onnxruntime: '1.22.0', ffmpeg: '7.1' },
      device: { provider: 'cpu', key: 'cpu/fp32', says: '' },
      models: { gosling: { digest: 'ab12', title: 'Gosling' } },
      nodes: { denoiser: 1 },
    },
    results: { denoiser: { clip: 'c'.repeat(64) } },
  };
  const read = (words: object) => graphInTags(new Map([['skein', JSON.stringify({ schema: 1, graph, ...words })]]));
  expect(read({}).graph?.name).toBe('Ball');
  expect(read({}).made).toBeUndefined();
  expect(read({ made }).made).toEqual(made);
});

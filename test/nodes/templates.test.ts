import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { templates } from '../../graphs/registry';
import { check } from '../../nodes/check';
import { readGraph, upstream } from '../../nodes/graph';
import { registry } from '../../nodes/registry';
import type { Models } from '../../nodes/values';
import { cardsOf, scanModels } from '../../server/inference/catalog';
import { small } from './graphs-for-tests';

const shipped = path.resolve(import.meta.dirname, '../../models');

/** The card of the checkpoint that ships, read as the product reads it; its stand-in only where no weights are there yet. */
async function cards(): Promise<Models> {
  if (!fs.existsSync(path.join(shipped, 'gosling/model_index.json'))) return { gosling: small };
  const dataFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-cards-'));
  try {
    return cardsOf(await scanModels({ modelFolders: [shipped], dataFolder }));
  } finally {
    fs.rmSync(dataFolder, { recursive: true });
  }
}

describe.each(Object.entries(templates))('%s', (name, source) => {
  const graph = readGraph(source).graph!;

  test('is read as it was saved, and is called and described', () => {
    expect(graph).toEqual(source);
    expect(graph.name.length).toBeGreaterThan(3);
    expect(graph.about?.length).toBeGreaterThan(30);
  });

  test('has no problems on the checkpoint that ships, save for pictures the user is to choose', async () => {
    const found = check(graph, await cards()).problems;
    expect(found.filter((problem) => problem.param !== 'asset')).toEqual([]);
    const pictures = graph.nodes.filter((node) => node.type === 'image').length;
    expect(found).toHaveLength(pictures);
  });

  test('every node serves an output', () => {
    const sinks = graph.nodes.filter((node) => registry[node.type]?.sink).map((node) => node.id);
    expect([...upstream(graph, sinks)].sort()).toEqual(graph.nodes.map((node) => node.id).sort());
  });

  test('nothing lies on anything else, and wires run from left to right', () => {
    const { positions, notes } = graph.layout;
    const boxes = [
      ...graph.nodes.map(({ id, type }) => ({ id, ...positions[id]!, width: 300, height: heights[type]! })),
      ...notes.map(({ id, at, size }) => ({ id, ...at, width: size.x, height: size.y })),
    ];
    for (const [i, a] of boxes.entries())
      for (const b of boxes.slice(i + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        if (!apart) throw new Error(`${name}: ${a.id} and ${b.id} overlap.`);
      }
    for (const { from, to } of graph.wires)
      expect(positions[from.node]!.x, `${from.node} before ${to.node}`).toBeLessThan(positions[to.node]!.x);
  });
});

/** About how tall cards are on the canvas at their tallest: with previews, films and notes of two lines shown. */
const heights: Record<string, number> = {
  model: 180,
  prompt: 240,
  image: 360,
  'text-encoder': 180,
  'noise-seed': 270,
  'frame-conditioner': 460,
  denoiser: 840,
  'vae-decoder': 130,
  'save-latent': 230,
  muxer: 560,
  trim: 150,
  join: 130,
};

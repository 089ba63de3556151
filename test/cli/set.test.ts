import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeComponent } from '../../nodes/component-edits';
import { flatten } from '../../nodes/flatten';
import { emptyGraph, makeNode } from '../../nodes/graph';
import { readGraphFile } from '../../server/cli/read-file';
import { applySet } from '../../server/cli/read-graph';
import { openBlobs } from '../../server/store/blobs';

const folder = fs.mkdtempSync(
  path.join(fs.mkdirSync(path.resolve('.skein'), { recursive: true }) ?? path.resolve('.skein'), 'test-set-'),
);
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const blobs = openBlobs(path.join(folder, 'blobs'));
const graph = {
  ...emptyGraph(),
  nodes: [
    makeNode('prompt', 'words'),
    makeNode('prompt', 'avoid'),
    makeNode('noise-seed', 'noise'),
    makeNode('denoiser', 'd'),
    makeNode('image', 'image'),
    makeNode('muxer', 'a.b'),
  ],
};
const set = async (setting: string) => (await applySet(graph, setting, blobs)).nodes;
const param = async (setting: string, node: number, name: string) => (await set(setting))[node]?.params[name];

describe('--set node.param=value', () => {
  test('takes text as text, numbers as numbers, and null where it is allowed', async () => {
    expect(await param('words.text=42', 0, 'text')).toBe('42');
    expect(await param('words.text=a = b.c "d"', 0, 'text')).toBe('a = b.c "d"');
    expect(await param('noise.seed=42', 2, 'seed')).toBe(42);
    expect(await param('d.guidance=3.5', 3, 'guidance')).toBe(3.5);
    expect(await param('d.shift=null', 3, 'shift')).toBeNull();
    expect(await param('d.sampler=euler', 3, 'sampler')).toBe('euler');
    expect(await param('a.b.fps=12', 5, 'fps')).toBe(12);
    // As ComfyUI and A1111 call them; CFG++ is a switch here.
    expect(await param('d.sampler=dpmpp_2m_sde_gpu', 3, 'sampler')).toBe('dpmpp-2m-sde');
    expect(await param('d.schedule=SGM Uniform', 3, 'schedule')).toBe('sgm-uniform');
    await expect(set('d.sampler=euler_cfg_pp')).rejects.toThrow('"Sampler" is "euler_cfg_pp"');
  });

  test('a component takes what its card shows, and what is inside by its path', async () => {
    const made = makeComponent(graph, { ids: new Set(['noise', 'd']), id: 'c', name: 'Carve', at: { x: 0, y: 0 } });
    if (made.problem !== undefined) throw new Error(made.problem);
    const shown = await applySet(made.graph, 'carve.seed=7', blobs);
    const inside = await applySet(shown, 'carve/d.steps=3', blobs);
    const flat = flatten(inside).graph.nodes;
    expect(flat.find(({ id }) => id === 'carve/noise')?.params['seed']).toBe(7);
    expect(flat.find(({ id }) => id === 'carve/d')?.params['steps']).toBe(3);
    await expect(applySet(made.graph, 'carve/x.steps=3', blobs)).rejects.toThrow('There is no node "carve/x"');
  });

  test('a node may be named by its type when there is one of it', async () => {
    expect(await param('noise-seed.seed=1', 2, 'seed')).toBe(1);
    await expect(set('prompt.text=x')).rejects.toThrow('There are 2 nodes of type "prompt": name one of words, avoid.');
  });

  test('says what is wrong with anything else', async () => {
    await expect(set('noise.seed')).rejects.toThrow('Write node.param=value');
    await expect(set('ghost.seed=1')).rejects.toThrow('There is no node "ghost" in this graph. There are: words');
    await expect(set('noise.sead=1')).rejects.toThrow(/has no param "sead". It has: seed, width/);
    await expect(set('noise.__proto__=1')).rejects.toThrow(/has no param/);
    await expect(set('noise.seed=1.5')).rejects.toThrow('--set noise.seed=1.5: "Seed" is 1.5');
    await expect(set('noise.seed=NaN')).rejects.toThrow('"Seed" is "NaN" and must be a');
    await expect(set('noise.seed=1e400')).rejects.toThrow('"Seed" is Infinity');
    await expect(set('noise.seed=')).rejects.toThrow('"Seed" is "" and must be a');
    await expect(set('d.steps=0')).rejects.toThrow('"Steps" is 0 and must be 1 at least. Enter 1 or more.');
    await expect(set('d.sampler=unknown')).rejects.toThrow(/"Sampler" is "unknown", and there is only .*euler/);
  });

  test('a file for a param that takes an upload is taken in by its content', async () => {
    const file = path.join(folder, 'cat.png');
    fs.writeFileSync(file, 'not really a cat');
    const sha256 = await param(`image.asset=${file}`, 4, 'asset');
    expect((await blobs.read(String(sha256))).toString()).toBe('not really a cat');
    expect(await param(`image.asset=${sha256}`, 4, 'asset')).toBe(sha256);
    await expect(set('image.asset=nowhere.png')).rejects.toThrow('nowhere.png: There is no such file');
  });
});

test('files that are no graphs are refused by name', async () => {
  const write = (name: string, text: string) => {
    fs.writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  await expect(readGraphFile(write('a.json', '{'))).rejects.toThrow(
    /a\.json: This is not a graph: the file is not valid JSON/,
  );
  await expect(readGraphFile(write('b.json', '{"nodes":[]}'))).rejects.toThrow(/b\.json: This is not a Skein graph/);
  await expect(
    readGraphFile(write('c.json', '{"format":"skein-graph","version":1,"nodes":[],"wires":[],"__proto__":{}}')),
  ).rejects.toThrow(/c\.json/);
  await expect(readGraphFile(path.join(folder, 'none.json'))).rejects.toThrow(/There is no such file/);
});

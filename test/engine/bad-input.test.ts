import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunHappening } from '../../nodes/events';
import { emptyGraph, type Graph, makeNode } from '../../nodes/graph';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { openWorkshop, type Workshop } from '../../server/worker/executor-workshop';

const pickle = Buffer.from('\x80\x02}q\x00(X\x05\x00\x00\x00stateq\x01u.', 'latin1');

/** The real nodes, models and ffmpeg, fed with what goes wrong in life. */
const root = path.resolve(import.meta.dirname, '../..');
let folder: string;
let workshop: Workshop;
const model = () => path.join(folder, 'models', 'mine');

beforeAll(async () => {
  fs.mkdirSync(path.join(root, '.skein'), { recursive: true });
  folder = fs.mkdtempSync(path.join(root, '.skein', 'test-bad-input-'));
  fs.cpSync(path.join(root, 'test/parity/wan21-t2v'), model(), { recursive: true });
  const modelFolders = [path.join(folder, 'models')];
  workshop = await openWorkshop({ dataFolder: path.join(folder, 'data'), modelFolders, device: 'cpu' });
});
afterAll(async () => {
  await workshop?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

type Sketch = Record<string, [type: string, params?: Record<string, unknown>, inputs?: Record<string, string>]>;
function graphOf(nodes: Sketch): Graph {
  const wires = Object.entries(nodes).flatMap(([id, [, , inputs = {}]]) =>
    Object.entries(inputs).map(([port, source]) => {
      const [node = '', name = ''] = source.split('.');
      return { from: { node, port: name }, to: { node: id, port } };
    }),
  );
  const made = Object.entries(nodes).map(([id, [type, params]]) => {
    const node = makeNode(type, id);
    return { ...node, params: { ...node.params, ...params } };
  });
  return { ...emptyGraph(), nodes: made, wires };
}

async function run(graph: Graph) {
  const events: RunHappening[] = [];
  const outcome = await workshop.run(
    { graph },
    { emit: (event) => events.push(event), signal: new AbortController().signal },
  );
  const failed = events.flatMap((event) => (event.type === 'node.failed' ? event : []));
  return { outcome, failed, events };
}

const decoding = (asset: string) =>
  graphOf({
    model: ['model', { model: 'mine' }],
    latent: ['latent-file', { asset }, { model: 'model.denoiser' }],
    decoder: ['vae-decoder', {}, { model: 'model.vae', clip: 'latent.clip' }],
    muxer: ['muxer', {}, { frames: 'decoder.frames' }],
  });
const latentOf = (shape: number[], name = 'latent') =>
  encodeSafetensors({ [name]: { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) } });
const upload = async (bytes: Uint8Array | string) =>
  (await workshop.cache.files.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)).sha256;

describe('an upload that is not what its node takes fails at that node, in a sentence, and the next run works', () => {
  const playlist = '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n';
  const behindFilm = `\0\0\0\x10ftypisom\0\0\0\0${playlist}`;
  const good = latentOf([16, 1, 2, 2]);
  const showing = (type: 'image' | 'video') => (asset: string) =>
    graphOf({ [type]: [type, { asset }], still: ['still', {}, { frames: `${type}.frames` }] });
  const [image, video] = [showing('image'), showing('video')];

  test.each<[string, string, (asset: string) => Graph, Uint8Array | string, RegExp]>([
    ['a playlist as a video', 'video', video, playlist, /playlist/],
    ['a playlist behind the first bytes of a film', 'video', video, behindFilm, /cannot be read|damaged|no video/],
    [
      'a picture as a video',
      'video',
      video,
      fs.readFileSync(`${root}/test/parity/ti2v-image4.png`),
      /png.*not a video/,
    ],
    ['an empty file as a video', 'video', video, '', /empty/],
    ['a web page as a picture', 'image', image, '<!DOCTYPE html><script>1</script>', /web page/],
    ['tensors as a picture', 'image', image, good, /safetensors file, not a picture/],
    ['a pickle called safetensors', 'latent', decoding, pickle, /pickle/],
    ['text called safetensors', 'latent', decoding, 'once upon a time', /safetensors/],
    ['a torn tensor file', 'latent', decoding, good.subarray(0, good.length - 9), /bytes|short|missing/],
    ['tensors of another shape', 'latent', decoding, latentOf([16, 2, 2]), /\[16, 2, 2\].*is wanted\. Choose/],
    ['tensors of another model', 'latent', decoding, latentOf([10, 1, 2, 2]), /10 channels.*works with 16/],
    ['tensors without a known name', 'latent', decoding, twoTensors(), /several tensors.*a, b\. Enter/],
  ])('%s', async (_, node, graphFor, bytes, says) => {
    const { outcome, failed } = await run(graphFor(await upload(bytes)));
    expect(outcome.state).toBe('failed');
    expect(failed).toMatchObject([{ node, says: expect.stringMatching(says) }]);
    expect(failed[0]!.says).toMatch(/\.$/);
    expect(failed[0]!.says).not.toContain(folder);
    expect(outcome.outputs.size).toBe(0);
    expect((await run(decoding(await upload(good)))).outcome.state).toBe('done');
  });

  test('an upload that is gone, and one that has rotted on disk', async () => {
    const gone = await run(decoding('a'.repeat(64)));
    expect(gone.failed).toMatchObject([
      { node: 'latent', says: expect.stringMatching(/no longer on disk.*upload it anew/) },
    ]);
    const sha256 = await upload(latentOf([16, 1, 4, 2]));
    const file = workshop.cache.files.path(sha256);
    const bytes = fs.readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    fs.writeFileSync(file, bytes);
    const rotten = await run(decoding(sha256));
    expect(rotten.failed).toMatchObject([{ node: 'latent', says: expect.stringMatching(/damaged|changed/) }]);
    await upload(latentOf([16, 1, 4, 2]));
    expect((await run(decoding(sha256))).outcome.state).toBe('done');
  });
});

describe('a model file that is missing, torn or replaced fails at the model node; put back, the next run works', () => {
  const weights = () => path.join(model(), 'vae/diffusion_pytorch_model.safetensors');
  test.each<[string, (file: string) => void, RegExp]>([
    ['missing', (file) => fs.rmSync(file), /vae.*Download/],
    ['cut short', (file) => fs.truncateSync(file, fs.statSync(file).size - 7), /missing at its end.*Download/],
    ['a pickle under its name', (file) => fs.writeFileSync(file, pickle), /Python pickle/],
    [
      'of another shape',
      (file) => fs.writeFileSync(file, latentOf([3, 3], 'decoder.conv_in.weight')),
      /\[3, 3\]|missing/,
    ],
  ])('%s', async (_, damage, says) => {
    const kept = `${weights()}.kept`;
    fs.copyFileSync(weights(), kept);
    damage(weights());
    const { failed, outcome } = await run(decoding(await upload(latentOf([16, 1, 2, 2]))));
    fs.rmSync(weights(), { force: true });
    fs.renameSync(kept, weights());
    expect(outcome.state).toBe('failed');
    expect(failed).toMatchObject([{ node: 'model', says: expect.stringMatching(says) }]);
    // Another seed of work, so that nothing of it is in the cache.
    expect((await run(decoding(await upload(latentOf([16, 2, 2, 4]))))).outcome.state).toBe('done');
  });
});

function twoTensors(): Uint8Array {
  const one = { shape: [16, 1, 2, 2], data: new Float32Array(64) };
  return encodeSafetensors({ a: one, b: one });
}

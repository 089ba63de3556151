import { readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importWorkflow } from '../../nodes/comfyui/import-workflow';
import { order } from '../../nodes/graph';
import type { Machine } from '../../nodes/machine';
import { registry } from '../../nodes/registry';
import type { Models, Value } from '../../nodes/values';
import { scanModels } from '../../server/inference/catalog';
import { OpenModels } from '../../server/inference/door';
import { torchNoise } from '../../server/inference/noise';
import { cpu } from '../../server/inference/session';
import { sha256 } from '../../server/inference/sha256';
import { saveSingles, saveVariant } from './layouts';
import { noMedia } from './no-media';
import { absolute, parityFolder, readTensors, step, tensor } from './parity-files';
import { picture } from './picture';
import { variantFolders } from './variant-folders';

/** A workflow in the format of ComfyUI's API, and over which files it ran; see test/parity/comfyui/make.py. */
interface ComfyCase {
  id: string;
  model: string;
  workflow: Record<string, { class_type: string; inputs: Record<string, unknown> }>;
}
// The fixtures' own schema; a wrong one shows at once.
const { cases } = JSON.parse(readFileSync(join(parityFolder, 'comfyui/cases.json'), 'utf8')) as { cases: ComfyCase[] };
const tensors = readTensors('comfyui/latents.safetensors');

let root = '';
const libraries = new Map<string, { models: Models; door: OpenModels }>();
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'skein-comfyui-')));
  const folders = await variantFolders(join(root, 'variants'));
  for (const model of new Set(cases.map((one) => one.model))) {
    const library = join(root, model);
    if (model === 'wan21-t2v') await saveSingles(model, library);
    else await saveVariant(join(folders, model), library);
    const catalog = await scanModels({ modelFolders: [library], dataFolder: root });
    const models = Object.fromEntries([...catalog].map(([id, { card }]) => [id, card]));
    libraries.set(model, { models, door: new OpenModels({ catalog, device: cpu, dataFolder: root }) });
  }
});
afterAll(async () => {
  for (const { door } of libraries.values()) await door.release();
  await rm(root, { recursive: true });
});

/** Noise that a sampler draws on the way is the card's there. */
const draws = new Set(['lcm-beta', 'euler-ancestral-karras']);
/** Its UniPC ends at sigma 0.001, so that a thousandth of the noise stays in the clip. */
const final = (id: string) => (id.startsWith('unipc') ? 6e-3 : 5e-4);

test.each(cases.map((about) => [about.id, about] as const))(
  '%s: what is imported makes the same clip',
  async (id, about) => {
    const { models, door } = libraries.get(about.model)!;
    // A workflow ends in a film.
    const film = {
      '9': { class_type: 'VAEDecode', inputs: { samples: ['8', 0], vae: ['3', 0] } },
      '10': { class_type: 'SaveAnimatedWEBP', inputs: { images: ['9', 0], filename_prefix: 'film', fps: 16 } },
    };
    const { graph, problem } = importWorkflow({ ...about.workflow, ...film }, { name: id, models });
    if (!graph) throw new Error(problem);
    const foreseen: Float32Array[] = [];
    const ctx: Machine = {
      signal: new AbortController().signal,
      progress: async () => undefined,
      step: async ({ preview }) => {
        foreseen.push(preview!.data);
      },
      resume: async () => null,
      noise: torchNoise,
      sha256,
      models: door,
      media: noMedia,
    };
    const given = new Map<string, Record<string, Value | undefined>>();
    const made = async (type: string, inputs: Record<string, Value | undefined>, params: Record<string, unknown>) => {
      const node = registry[type]!;
      return node.run({ inputs, params: node.params.parse(params), ctx });
    };
    for (const at of order(graph) ?? []) {
      const node = graph.nodes.find(({ id: one }) => one === at)!;
      if (node.type === 'vae-decoder' || node.type === 'muxer') continue;
      const wires = graph.wires.filter((wire) => wire.to.node === node.id);
      const inputs = Object.fromEntries(wires.map(({ from, to }) => [to.port, given.get(from.node)?.[from.port]]));
      // Pictures do not travel inside workflows: the card is called after its file.
      const isPicture = node.type === 'image';
      given.set(
        node.id,
        isPicture
          ? { frames: await picture(join(parityFolder, 'wan-variants', node.title ?? '')) }
          : await made(node.type, inputs, node.params),
      );
    }
    const clip = graph.nodes.map(({ id: node }) => given.get(node)?.clip).find((value) => value?.kind === 'latent');
    if (clip?.kind !== 'latent') throw new Error('no clip');
    const reference = tensor(tensors, `${id}.foreseen`);
    expect(foreseen).toHaveLength(reference.shape[0]!);
    const compared = draws.has(id) ? foreseen.slice(0, 1) : foreseen;
    expect(Math.max(...compared.map((found, i) => absolute(found, step(reference, i))))).toBeLessThan(5e-4);
    if (draws.has(id)) return;
    expect(absolute(clip.data, tensor(tensors, `${id}.final`).data)).toBeLessThan(final(id));
  },
);

import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, openCheckpoint } from '../../server/inference/checkpoint';
import {
  openImageEncoderFiles,
  openTransformerFiles,
  openVaeFiles,
} from '../../server/inference/families/wan/pipeline';
import { encodeSafetensors } from '../../server/inference/safetensors-write';
import { originalDenoiserName, originalVaeName, resave, type Storage } from './original-layout';
import { type folders, parityFolder } from './parity-files';
import { spieceModel } from './spiece-model';

type Folder = (typeof folders)[number];
const vaeLayers = { 'wan21-t2v': { layers: 3, residual: false }, 'wan22-ti2v': { layers: 2, residual: true } };
const componentsOf = ['transformer', 'text_encoder', 'vae'] as const;
const stem = (component: string) => (component === 'text_encoder' ? 'model' : 'diffusion_pytorch_model');

/** A fixture's folder in the diffusers layout, its weights in another type: in one file each. */
export async function saveFolder(folder: Folder, target: string, storage: Storage): Promise<void> {
  await cp(join(parityFolder, folder), target, {
    recursive: true,
    filter: (source) => !/\.safetensors(\.index\.json)?$/.test(source),
  });
  for (const component of componentsOf) {
    const checkpoint = await openCheckpoint(join(parityFolder, folder, component));
    await resave(checkpoint, join(target, component, `${stem(component)}.safetensors`), { storage });
  }
}

/** The same cut into two shards each. */
export async function saveShards(folder: Folder, target: string): Promise<void> {
  await saveFolder(folder, target, 'F32');
  for (const component of componentsOf) {
    const path = join(target, component, `${stem(component)}.safetensors`);
    const { tensors } = await openCheckpoint(join(target, component));
    const whole = await readFile(path);
    const names = [...tensors.keys()];
    const index: Record<string, string> = {};
    for (const [number, part] of [names.filter((_, i) => i % 2), names.filter((_, i) => !(i % 2))].entries()) {
      const shard = `${stem(component)}-0000${number + 1}-of-00002.safetensors`;
      const held = part.map((name) => {
        const { shape, dtype, offset, bytes } = tensors.get(name)!;
        index[name] = shard;
        return [name, { shape, data: { dtype, bytes: new Uint8Array(whole.subarray(offset, offset + bytes)) } }];
      });
      await writeFile(join(target, component, shard), encodeSafetensors(Object.fromEntries(held)));
    }
    await writeFile(`${path}.index.json`, JSON.stringify({ weight_map: index }));
    await writeFile(path, 'not to be read when there is an index');
  }
}

const variantNames = {
  newer: {
    shard: (name: string) => name.replace(/(?=-\d|\.safetensors$)/, '.fp16'),
    index: (name: string) => name.replace('.json', '.fp16.json'),
  },
  older: {
    shard: (name: string) => name.replace('.safetensors', '.fp16.safetensors'),
    index: (name: string) => name.replace('.index', '.fp16.index'),
  },
};

/** Renames the weights of a part's folder to those of its variant fp16, by one of the ways diffusers has done so. */
export async function renameAsVariant(folder: string, naming: keyof typeof variantNames): Promise<void> {
  const { shard, index } = variantNames[naming];
  for (const name of await readdir(folder)) {
    if (name.endsWith('.safetensors')) await rename(join(folder, name), join(folder, shard(name)));
    if (!name.endsWith('.index.json')) continue;
    const { weight_map }: { weight_map: Record<string, string> } = JSON.parse(
      await readFile(join(folder, name), 'utf8'),
    );
    const named = Object.fromEntries(Object.entries(weight_map).map(([key, file]) => [key, shard(file)]));
    await writeFile(join(folder, index(name)), JSON.stringify({ weight_map: named }));
    await rm(join(folder, name));
  }
}

const config = (about: object) => ({ config: JSON.stringify(about) });

/** ComfyUI's tree of single files, with original names and the tokenizer inside the text encoder's file. */
export async function saveSingles(folder: Folder, target: string, storage?: Storage): Promise<void> {
  await saveDenoiser(join(parityFolder, folder, 'transformer'), join(target, 'diffusion_models', folder), storage);
  const vae = await openVaeFiles(join(parityFolder, folder, 'vae'));
  const { latents_mean, latents_std } = vae.config;
  await resave(vae.checkpoint, join(target, 'vae', `${folder}-vae.safetensors`), {
    storage: storage?.startsWith('fp8') ? undefined : storage,
    name: (name) => originalVaeName(name, vaeLayers[folder]),
    metadata: config({ vae: { latents_mean, latents_std } }),
  });
  const bytes = spieceModel(join(parityFolder, folder, 'tokenizer/tokenizer.json'));
  const more = { spiece_model: { shape: [bytes.length], data: { dtype: 'U8' as const, bytes } } };
  const text: Checkpoint = await openCheckpoint(join(parityFolder, folder, 'text_encoder'));
  await resave(text, join(target, 'text_encoders', `${folder}-umt5.safetensors`), { storage, more });
}

async function saveDenoiser(source: string, target: string, storage?: Storage): Promise<void> {
  const denoiser = await openTransformerFiles(source);
  const { num_attention_heads, attention_head_dim } = denoiser.config;
  await resave(denoiser.checkpoint, `${target}.safetensors`, {
    storage,
    name: originalDenoiserName,
    metadata: config({ transformer: { num_attention_heads, attention_head_dim } }),
  });
}

/** The same of a variant's complete folder: one denoiser or a pair, and an image encoder where it has one. */
export async function saveVariant(source: string, target: string): Promise<void> {
  await saveSingles('wan21-t2v', target);
  await rm(join(target, 'diffusion_models'), { recursive: true });
  const has = (name: string) =>
    readdir(join(source, name)).then(
      () => true,
      () => false,
    );
  const isPair = await has('transformer_2');
  const name = (which: string) => join(target, 'diffusion_models', isPair ? `model_${which}_noise` : 'model');
  await saveDenoiser(join(source, 'transformer'), name('high'));
  if (isPair) await saveDenoiser(join(source, 'transformer_2'), name('low'));
  if (!(await has('image_encoder'))) return;
  const eyes = await openImageEncoderFiles(source);
  const { num_attention_heads } = eyes.config;
  const metadata = config({ image_encoder: { num_attention_heads } });
  await resave(eyes.checkpoint, join(target, 'clip_vision/clip_vision_h.safetensors'), { metadata });
}

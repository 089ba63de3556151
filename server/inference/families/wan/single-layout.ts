import type { StoredTensor } from '../../safetensors';
import { configOf, prefixesIn } from '../shared/single-file';
import type { ModelFiles, PartInFile, Pointer, SingleLayout, SinglePart } from '../single-layout';
import { pointerName } from '../single-layout';
import { wanFiles } from './single-file';

type Shapes = ReadonlyMap<string, Pick<StoredTensor, 'shape'>>;

/** What each part is to the others, from one or two of its shapes, by either naming. */
function partIn(tensors: Shapes, part: SinglePart, prefix: string): PartInFile | null {
  const size = (axis: number, ...names: string[]) =>
    names.map((name) => tensors.get(prefix + name)?.shape[axis]).find((found) => found !== undefined);
  switch (part) {
    case 'denoiser': {
      const text = size(1, 'text_embedding.0.weight', 'condition_embedder.text_embedder.linear_1.weight');
      const out = size(0, 'head.head.weight', 'proj_out.weight');
      const area = [2, 3, 4].reduce((total, axis) => total * (size(axis, 'patch_embedding.weight') ?? 1), 1);
      const eyes = size(0, 'img_emb.proj.0.weight', 'condition_embedder.image_embedder.norm1.weight');
      const needs = { 'text-encoder': `umt5-${text}`, vae: `wan-${(out ?? 0) / area}` };
      return { part, needs: eyes === undefined ? needs : { ...needs, 'image-encoder': `clip-${eyes}` } };
    }
    case 'text-encoder': {
      const width = size(1, 'shared.weight', 'encoder.embed_tokens.weight', 'token_embedding.weight');
      // T5 has one table of distances for all blocks, and Wan does not read it.
      const own = size(
        0,
        'encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight',
        'blocks.1.pos_embedding.embedding.weight',
      );
      return own === undefined ? null : { part, offers: `umt5-${width}` };
    }
    case 'vae':
      return { part, offers: `wan-${size(0, 'conv2.weight', 'post_quant_conv.weight')}` };
    case 'image-encoder':
      return { part, offers: `clip-${size(0, 'embeddings.class_embedding')}` };
  }
}

const examples: Record<SinglePart, (wanted: string) => string> = {
  denoiser: () => 'wan2.1_t2v_1.3B_fp16.safetensors into diffusion_models/',
  'text-encoder': () => 'umt5_xxl_fp16.safetensors into text_encoders/',
  vae: (wanted) => `${wanted === 'wan-48' ? 'wan2.2_vae' : 'wan_2.1_vae'}.safetensors into vae/`,
  'image-encoder': () => 'clip_vision_h.safetensors into clip_vision/',
};

/** As published: the noisy expert of an A14B pair hands over at this share of the schedule. */
const boundaries = { text: 0.875, image: 0.9 };

export const wanSingleFiles: SingleLayout = {
  partsIn: (tensors) =>
    [...prefixesIn(wanFiles, tensors)].flatMap(([part, prefix]) => partIn(tensors, part, prefix) ?? []),
  example: (part, wanted) => examples[part](wanted),
  tokenizer: 'google/umt5-xxl',
  describe,
};

async function describe(files: ModelFiles): Promise<Record<string, object>> {
  const small: Record<string, object> = {};
  const place = async (folder: string, pointer: Pointer) => {
    small[`${folder}/config.json`] = await configOf(wanFiles, pointer);
    small[`${folder}/${pointerName}`] = pointer;
  };
  await place('transformer', { file: files.denoiser, part: 'denoiser' });
  if (files.second) await place('transformer_2', { file: files.second, part: 'denoiser' });
  const folders = { 'text-encoder': 'text_encoder', vae: 'vae', 'image-encoder': 'image_encoder' } as const;
  for (const part of ['text-encoder', 'vae', 'image-encoder'] as const) {
    const file = files[part];
    if (file) await place(folders[part], { file, part });
  }
  const is22 = Reflect.get(small['vae/config.json'] ?? {}, 'is_residual') === true;
  // The sizes above 1.3B are published for 720p, with a larger shift.
  const isWide = Number(Reflect.get(small['transformer/config.json'] ?? {}, 'num_layers')) > 30;
  const isShown = isImageToVideo(small['transformer/config.json'] ?? {});
  small['model_index.json'] = {
    _class_name: isShown ? 'WanImageToVideoPipeline' : 'WanPipeline',
    transformer: ['diffusers', 'WanTransformer3DModel'],
    vae: ['diffusers', 'AutoencoderKLWan'],
    text_encoder: files['text-encoder'] ? ['transformers', 'UMT5EncoderModel'] : [null, null],
    ...(files['image-encoder'] ? { image_encoder: ['transformers', 'CLIPVisionModel'] } : {}),
    ...(files.second
      ? {
          transformer_2: ['diffusers', 'WanTransformer3DModel'],
          boundary_ratio: isShown ? boundaries.image : boundaries.text,
        }
      : {}),
    // Wan 2.2's own VAE belongs to the model that takes a time for each frame.
    ...(is22 ? { expand_timesteps: true } : {}),
  };
  small['scheduler/scheduler_config.json'] = {
    _class_name: 'UniPCMultistepScheduler',
    flow_shift: is22 || isWide ? 5 : 3,
  };
  const eyes = small['image_encoder/config.json'];
  if (eyes) {
    const side = Number(Reflect.get(eyes, 'image_size'));
    const processor = { size: { shortest_edge: side }, crop_size: { height: side, width: side } };
    small['image_processor/preprocessor_config.json'] = processor;
  }
  return small;
}

const isImageToVideo = (config: object): boolean =>
  Number(Reflect.get(config, 'in_channels')) > Number(Reflect.get(config, 'out_channels'));

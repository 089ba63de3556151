import { taughtSigmas } from '../../model-extras';
import { openWeights } from '../../stored-weights';
import type { Tensors } from '../shared/infer-config';
import { configIn, configOf, prefixesIn } from '../shared/single-file';
import {
  type ModelFiles,
  type PartInFile,
  type Pointer,
  pointerName,
  type SingleLayout,
  type SinglePart,
} from '../single-layout';
import { ltxFiles } from './single-file';

/** What each part is to the others, from one or two of its shapes, by either naming. */
function partIn(tensors: Tensors, part: SinglePart, prefix: string): PartInFile | null {
  const size = (axis: number, ...names: string[]) =>
    names.map((name) => tensors.get(prefix + name)?.shape[axis]).find((found) => found !== undefined);
  switch (part) {
    case 'denoiser': {
      const text = size(1, 'caption_projection.linear_1.weight');
      const channels = size(1, 'patchify_proj.weight', 'proj_in.weight');
      return { part, needs: { 'text-encoder': `t5-${text}`, vae: `ltx-${channels}` } };
    }
    case 'text-encoder': {
      // UMT5 has a table of distances in each block, and LTX-Video does not read it.
      if (size(0, 'encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight') !== undefined) return null;
      return { part, offers: `t5-${size(1, 'shared.weight', 'encoder.embed_tokens.weight')}` };
    }
    case 'vae':
      return { part, offers: `ltx-${size(1, 'decoder.conv_in.conv.weight')}` };
    case 'image-encoder':
      return null;
  }
}

const examples: Partial<Record<SinglePart, string>> = {
  'text-encoder': 't5xxl_fp16.safetensors into text_encoders/',
  vae: 'a checkpoint that has its VAE in it (ltx-video-2b-v0.9.5.safetensors) into checkpoints/',
};

/** As published, with the schedulers of 0.9.0 and 0.9.1, and of those after. */
const schedulers = {
  older: {
    use_dynamic_shifting: true,
    base_shift: 0.95,
    max_shift: 2.05,
    base_image_seq_len: 1024,
    max_image_seq_len: 4096,
    shift_terminal: 0.1,
  },
  later: { use_dynamic_shifting: false },
};

export const ltxSingleFiles: SingleLayout = {
  partsIn: (tensors) =>
    [...prefixesIn(ltxFiles, tensors)].flatMap(([part, prefix]) => partIn(tensors, part, prefix) ?? []),
  example: (part) => examples[part] ?? 'ltx-video-2b-v0.9.5.safetensors into checkpoints/',
  tokenizer: 'google/t5-v1_1-xxl',
  describe,
};

async function describe(files: ModelFiles): Promise<Record<string, object>> {
  const small: Record<string, object> = {};
  const place = async (folder: string, pointer: Pointer) => {
    small[`${folder}/config.json`] = await configOf(ltxFiles, pointer);
    small[`${folder}/${pointerName}`] = pointer;
  };
  await place('transformer', { file: files.denoiser, part: 'denoiser' });
  const [text, vae] = [files['text-encoder'], files.vae];
  if (text) await place('text_encoder', { file: text, part: 'text-encoder' });
  if (vae) await place('vae', { file: vae, part: 'vae' });
  const types: unknown = Reflect.get(small['vae/config.json'] ?? {}, 'down_block_types');
  const isLater = Array.isArray(types) && types.at(-1) === 'LTXVideo095DownBlock3D';
  small['model_index.json'] = {
    _class_name: isLater ? 'LTXConditionPipeline' : 'LTXPipeline',
    transformer: ['diffusers', 'LTXVideoTransformer3DModel'],
    vae: ['diffusers', 'AutoencoderKLLTXVideo'],
    text_encoder: text ? ['transformers', 'T5EncoderModel'] : [null, null],
  };
  small['scheduler/scheduler_config.json'] = {
    _class_name: 'FlowMatchEulerDiscreteScheduler',
    shift: 1,
    ...(isLater ? schedulers.later : schedulers.older),
  };
  // Lightricks' distilled files say what they were distilled to.
  const taught = taughtSigmas.safeParse(configIn(await openWeights(files.denoiser), 'allowed_inference_steps'));
  if (taught.success) small['skein.json'] = { sigmas: taught.data };
  return small;
}

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { CheckpointSpacing } from '../../../../nodes/values';
import type { Family, ModelFolder } from '../family';
import { mustFit, samplerOf, tokenizerFiles } from '../shared/read-config';
import { bytesOnCard, mustBeKind } from '../shared/t5-config';
import { ltxLoraSpelling } from './lora-names';
import {
  type LtxPipeline,
  openTextEncoderFiles,
  openTransformerFiles,
  openVaeFiles,
  readExtras,
  readPipeline,
} from './pipeline';
import { ltxSingleFiles } from './single-layout';
import { widthOf } from './transformer-config';
import { transformerMemory } from './transformer-memory';
import { spaceFactor, timeFactor } from './vae-config';

const pipelines = ['LTXPipeline', 'LTXImageToVideoPipeline', 'LTXConditionPipeline', 'LTXI2VLongMultiPromptPipeline'];

/** LTX-Video, 0.9.0 to 0.9.8: one architecture for all sizes. LTX-2 is another. */
const ltx: Family = {
  name: 'ltx',
  runs: 'LTX-Video (0.9.0 to 0.9.8)',
  singleFiles: ltxSingleFiles,
  loraSpelling: ltxLoraSpelling,
  recognises: ({ _class_name }) => pipelines.includes(_class_name),
  async read({ path }: ModelFolder) {
    const pipeline = await readPipeline(path);
    const denoiser = await openTransformerFiles(join(path, 'transformer'));
    const text = pipeline.text ? await openTextEncoderFiles(join(path, 'text_encoder')) : null;
    if (text) mustBeKind(join(path, 'text_encoder'), pipeline.text ?? '', text.config);
    const vae = await openVaeFiles(join(path, 'vae'));
    const { config } = vae;
    mustFit(path, { latent: config.latent_channels, denoiser: denoiser.config.in_channels }, 'channels');
    if (text) mustFit(path, { denoiser: denoiser.config.caption_channels, text: text.config.d_model }, 'text width');
    const [scale, time, channels] = [spaceFactor(config), timeFactor(config), config.latent_channels];
    const statistics = createHash('sha256')
      .update(JSON.stringify([...vae.mean, ...vae.std, config.scaling_factor]))
      .digest('hex')
      .slice(0, 6);
    // Which pipeline it is decides how words are padded and where frames lie.
    const more = [join(path, 'model_index.json'), join(path, 'scheduler', 'scheduler_config.json')];
    const textFiles = [...more, ...(text ? await tokenizerFiles(path) : [])];
    const textPart = text && { name: 'text_encoder', checkpoint: text.checkpoint, more: textFiles };
    // Results depend on `skein.json` too, where it says how to decode, or how to step.
    const { decode, sigmas: taught } = await readExtras(path);
    const extras = (matters: unknown) => (matters ? [join(path, 'skein.json')] : []);
    return {
      parts: {
        denoiser: { name: 'transformer', checkpoint: denoiser.checkpoint, more: [...more, ...extras(taught)] },
        vae: { name: 'vae', checkpoint: vae.checkpoint, more: extras(decode) },
        ...(textPart ? { 'text-encoder': textPart } : {}),
      },
      latent: { space: `ltx-${channels}x${time}x${scale}-${statistics}`, channels, time, scale, multiple: scale },
      text: {
        width: denoiser.config.caption_channels,
        length: pipeline.isLater ? 256 : 128,
        ...(text ? { onCard: bytesOnCard(text.config) } : {}),
      },
      defaults: {
        width: 704,
        height: 512,
        frames: 161,
        fps: 25,
        // A distilled network needs no guidance.
        ...(taught ? { steps: taught.length, guidance: 1 } : { steps: 50, guidance: 3 }),
        shift: pipeline.scheduler.shift,
        // Fresh noise at every step is what LCM does, too.
        sampler: pipeline.scheduler.stochastic_sampling ? 'lcm' : samplerOf(pipeline.scheduler, 'euler'),
        schedule: 'flow',
      },
      ...(pipeline.isLater ? { pins: 'any', keyframes: 'beside' } : { pins: 'first' }),
      memory: transformerMemory(denoiser.config, denoiser.checkpoint),
      width: widthOf(denoiser.config),
      spacing: { ...spacingOf(pipeline), ...(taught ? { taught } : {}) },
    };
  },
};
export default ltx;

function spacingOf({ scheduler, isLater }: LtxPipeline): CheckpointSpacing {
  const { base_image_seq_len, max_image_seq_len, base_shift, max_shift, shift_terminal: terminal } = scheduler;
  return {
    curve: isLater ? 'linear-quadratic' : 'even',
    ...(scheduler.use_dynamic_shifting
      ? { shiftBySize: { pixels: [base_image_seq_len, max_image_seq_len], logShift: [base_shift, max_shift] } }
      : {}),
    ...(terminal ? { terminal } : {}),
  };
}

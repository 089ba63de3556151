import { join } from 'node:path';
import type { z } from 'zod';
import type { ModelCard } from '../../../../nodes/values';
import type { Family, ModelFolder } from '../family';
import { mustFit, readConfig, samplerOf, scheduleOf, schedulerFacts, tokenizerFiles } from '../shared/read-config';
import { bytesOnCard, mustBeKind } from '../shared/t5-config';
import { readDenoiser } from './denoiser-facts';
import { wanLoraSpelling } from './lora-names';
import { openTextEncoderFiles, openVaeFiles, pipelineIndex } from './pipeline';
import { published } from './published-latents';
import { wanSingleFiles } from './single-layout';
import { widthOf } from './transformer-config';
import { spaceFactor, statisticsOf, timeFactor } from './vae-config';

type Index = z.output<typeof pipelineIndex>;

/** Wan 2.1 and 2.2, and what was made in their layout. */
const wan: Family = {
  name: 'wan',
  runs: 'Wan (2.1 or 2.2)',
  singleFiles: wanSingleFiles,
  loraSpelling: wanLoraSpelling,
  recognises: ({ _class_name }) => _class_name.startsWith('Wan'),
  async read({ path }: ModelFolder) {
    const index = await readConfig(join(path, 'model_index.json'), pipelineIndex, 'a Wan model');
    const text = index.text_encoder?.[1] ? await openTextEncoderFiles(join(path, 'text_encoder')) : null;
    const { config: vae, checkpoint: vaeCheckpoint } = await openVaeFiles(join(path, 'vae'));
    const scheduler = await readConfig(join(path, 'scheduler', 'scheduler_config.json'), schedulerFacts, 'a Wan model');
    const { config, files, ...held } = await readDenoiser(path, {
      index,
      vae,
      vaeFiles: [join(path, 'vae', 'config.json'), ...vaeCheckpoint.paths],
    });
    if (text) mustBeKind(join(path, 'text_encoder'), index.text_encoder?.[1] ?? '', text.config);
    if (text) mustFit(path, { denoiser: config.text_dim, text: text.config.d_model }, 'text width');
    const [scale, time] = [spaceFactor(vae), timeFactor(vae)];
    return {
      parts: {
        denoiser: files,
        vae: { name: 'vae', checkpoint: vaeCheckpoint },
        ...(text
          ? {
              'text-encoder': {
                name: 'text_encoder',
                checkpoint: text.checkpoint,
                more: await tokenizerFiles(path),
              },
            }
          : {}),
      },
      latent: {
        space: `wan-${vae.z_dim}x${time}x${scale}-${statisticsOf(vae)}`,
        channels: vae.z_dim,
        time,
        scale,
        multiple: scale * config.patch_size[1],
      },
      text: { width: config.text_dim, length: 512, ...(text ? { onCard: bytesOnCard(text.config) } : {}) },
      defaults: defaultsOf(index, { scheduler, held }),
      ...published(vae),
      width: widthOf(config),
      ...held,
    };
  },
};
export default wan;

function defaultsOf(
  index: Index,
  { scheduler, held }: { scheduler: z.output<typeof schedulerFacts>; held: Pick<ModelCard, 'experts' | 'pinsBy'> },
): ModelCard['defaults'] {
  // The sizes the published checkpoints were trained at.
  const size = index.expand_timesteps
    ? { width: 1280, height: 704, frames: 121, fps: 24 }
    : { width: 832, height: 480, frames: 81, fps: 16 };
  const shift = scheduler.flow_shift ?? scheduler.shift ?? 3;
  // FastWan: the scheduler in its folder is that of the model it was distilled from.
  if (index._class_name === 'WanDMDPipeline') {
    return { ...size, steps: 3, guidance: 1, shift, sampler: 'lcm', schedule: 'distilled' };
  }
  // What the authors run their pairs with.
  const pair = held.pinsBy ? { guidance: 3.5, guidanceLow: 3.5 } : { guidance: 4, guidanceLow: 3 };
  return {
    ...size,
    ...(held.experts ? { steps: 40, ...pair } : { steps: 30, guidance: 5 }),
    shift,
    sampler: samplerOf(scheduler, 'unipc'),
    schedule: scheduleOf(scheduler),
  };
}

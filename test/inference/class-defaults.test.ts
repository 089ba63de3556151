import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { schedulerConfig } from '../../server/inference/families/ltx/pipeline';
import { transformerConfig as ltxTransformer } from '../../server/inference/families/ltx/transformer-config';
import { vaeConfig as ltxVae } from '../../server/inference/families/ltx/vae-config';
import { textEncoderConfig } from '../../server/inference/families/shared/t5-config';
import { imageEncoderConfig } from '../../server/inference/families/wan/image-encoder-config';
import { transformerConfig as wanTransformer } from '../../server/inference/families/wan/transformer-config';
import { vaeConfig as wanVae } from '../../server/inference/families/wan/vae-config';
import { parityFolder } from './parity-files';

/** By `test/parity/class-defaults.py`, from the classes themselves. */
const defaults = JSON.parse(readFileSync(join(parityFolder, 'class-defaults.json'), 'utf8')) as Record<
  string,
  Record<string, unknown>
>;

const named = (_class_name: string) => ({ _class_name });
const bare: [name: string, parsed: Record<string, unknown>, fewest: number][] = [
  ['WanTransformer3DModel', wanTransformer.parse(named('WanTransformer3DModel')), 13],
  ['AutoencoderKLWan', wanVae.parse(named('AutoencoderKLWan')), 11],
  ['LTXVideoTransformer3DModel', ltxTransformer.parse(named('LTXVideoTransformer3DModel')), 15],
  ['AutoencoderKLLTXVideo', ltxVae.parse(named('AutoencoderKLLTXVideo')), 20],
  ['FlowMatchEulerDiscreteScheduler', schedulerConfig.parse(named('FlowMatchEulerDiscreteScheduler')), 8],
  ['UMT5Config', textEncoderConfig.parse({ model_type: 'umt5', feed_forward_proj: 'gated-gelu' }), 10],
  ['CLIPVisionConfig', imageEncoderConfig.parse({ model_type: 'clip_vision_model' }), 9],
];

test.each(bare)('%s: a config.json with nothing in it means what the class means', (name, parsed, fewest) => {
  const shared = Object.keys(parsed).filter((key) => key in defaults[name]!);
  expect(shared.length).toBeGreaterThanOrEqual(fewest);
  expect(Object.fromEntries(shared.map((key) => [key, parsed[key]]))).toEqual(
    Object.fromEntries(shared.map((key) => [key, defaults[name]![key]])),
  );
});

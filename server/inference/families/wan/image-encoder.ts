import type { Checkpoint } from '../../checkpoint';
import { attention } from '../../onnx/attention';
import { GraphBuilder, type OnnxModel, type Value } from '../../onnx/model';
import { add, concat, layerNorm, linear, multiply, reshape } from '../../onnx/ops';
import { cpu, type Device, Session } from '../../session';
import { type ImageEncoderConfig, type ImageProcessorConfig, prefixOf } from './image-encoder-config';
import { imagePixels, type Picture } from './image-pixels';
import type { PictureStates } from './transformer-picture';

interface Files {
  config: ImageEncoderConfig;
  processor: ImageProcessorConfig;
  checkpoint: Checkpoint;
}

/**
 * `patches` [patches, 3 * side * side] of one picture → `states` [patches + 1, hidden_size]: what goes into the last layer
 * of CLIP's vision tower, which is what Wan reads.
 */
export function imageEncoderGraph({ config, checkpoint }: Files, device: Device): OnnxModel {
  const { hidden_size: d, num_attention_heads: heads, layer_norm_eps: eps, patch_size: side } = config;
  const g = new GraphBuilder('clip-vision');
  const prefix = prefixOf(checkpoint);
  const stored = (name: string) => checkpoint.get(`${prefix}${name}`);
  const norm = (x: Value, name: string) =>
    layerNorm(g, x, { scale: g.weight(stored(`${name}.weight`)), bias: g.weight(stored(`${name}.bias`)), eps });
  const project = (x: Value, name: string) => linear(g, x, stored(`${name}.weight`), stored(`${name}.bias`));
  const single = (x: Value) => reshape(g, x, [1, -1, d]);
  const activation = (x: Value) =>
    config.hidden_act === 'gelu'
      ? g.op('Gelu', [x], { approximate: 'none' })
      : multiply(g, x, g.op('Sigmoid', [multiply(g, x, g.floats([1.702]))]));

  const patches = g.input('patches', 'f32', ['patches', 3 * side * side]);
  const whole = g.weight(stored('embeddings.class_embedding'), [1, d]);
  const rows = concat(g, [whole, linear(g, patches, stored('embeddings.patch_embedding.weight'))], 0);
  let x = norm(add(g, rows, g.weight(stored('embeddings.position_embedding.weight'))), 'pre_layrnorm');
  for (let layer = 0; layer < config.num_hidden_layers - 1; layer++) {
    const at = `encoder.layers.${layer}`;
    const y = norm(x, `${at}.layer_norm1`);
    const [q, k, v] = ['q_proj', 'k_proj', 'v_proj'].map((part) => single(project(y, `${at}.self_attn.${part}`)));
    const seen = attention(g, { q: q!, k: k!, v: v! }, { heads, size: d / heads, mode: device.attention });
    x = add(g, x, project(reshape(g, seen, [-1, d]), `${at}.self_attn.out_proj`));
    const hidden = activation(project(norm(x, `${at}.layer_norm2`), `${at}.mlp.fc1`));
    x = add(g, x, project(hidden, `${at}.mlp.fc2`));
  }
  g.output('states', x);
  return g.finish();
}

/** Describes pictures with CLIP; holds its network only while it does. */
export async function encodePictures(
  files: Files,
  pictures: readonly Picture[],
  device: Device = cpu,
): Promise<PictureStates> {
  const { hidden_size: d, patch_size: side } = files.config;
  const session = await Session.open('Image encoder', imageEncoderGraph(files, device), { device });
  try {
    const parts: Float32Array[] = [];
    for (const picture of pictures) {
      const data = patchesOf(imagePixels(picture, files.processor), files.processor.crop_size, side);
      const feeds = { patches: { data, shape: [data.length / (3 * side * side), 3 * side * side] } };
      parts.push((await session.run(feeds, ['states'])).states.data);
    }
    const states = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
    let at = 0;
    for (const part of parts) {
      states.set(part, at);
      at += part.length;
    }
    return { states, rows: states.length / d };
  } finally {
    await session.release();
  }
}

/** Pixels [3, height, width] as rows of whole patches: patch by patch, inside each channel, row, column. */
function patchesOf(pixels: Float32Array, size: { height: number; width: number }, side: number): Float32Array {
  const [down, across] = [Math.floor(size.height / side), Math.floor(size.width / side)];
  const rows = new Float32Array(down * across * 3 * side * side);
  let at = 0;
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      for (let channel = 0; channel < 3; channel++) {
        for (let y = 0; y < side; y++) {
          const from = (channel * size.height + row * side + y) * size.width + column * side;
          rows.set(pixels.subarray(from, from + side), at);
          at += side;
        }
      }
    }
  }
  return rows;
}

import { join } from 'node:path';
import type { ConditioningValue } from '../../../nodes/values';
import { blankCard } from '../../../server/inference/card';
import { withHalves } from '../../../server/inference/checkpoint';
import { isFastMatrix as isFastOfLtx } from '../../../server/inference/families/ltx/fast-matrices';
import * as ltx from '../../../server/inference/families/ltx/pipeline';
import { LtxTransformer } from '../../../server/inference/families/ltx/transformer';
import { LtxVae } from '../../../server/inference/families/ltx/vae';
import { joinPieces } from '../../../server/inference/families/shared/pieces';
import { T5Encoder } from '../../../server/inference/families/shared/t5-encoder';
import { asPrecise } from '../../../server/inference/families/shared/t5-precision';
import { isFastMatrix as isFastOfWan } from '../../../server/inference/families/wan/fast-matrices';
import * as wan from '../../../server/inference/families/wan/pipeline';
import { WanTransformer } from '../../../server/inference/families/wan/transformer';
import { WanVae } from '../../../server/inference/families/wan/vae';
import { GraphBuilder } from '../../../server/inference/onnx/model';
import { linear } from '../../../server/inference/onnx/ops';
import { type Device, type FloatTensor, Session } from '../../../server/inference/session';
import { parityFolder, shippedFolder } from '../parity-files';

const wave = (count: number, speed = 0.11) => Float32Array.from({ length: count }, (_, i) => Math.sin(speed * i));
const at = (...names: string[]) => join(parityFolder, ...names);
const card = blankCard('parity');

/** More than 32 rows: below that, fused attention takes another shader. */
const rows = 40;
const text = (family: string, width: number): ConditioningValue => ({
  kind: 'conditioning',
  family,
  states: wave(rows * width, 0.07),
  tokens: rows,
  width,
  length: rows + 7,
});

async function* pixels(...lengths: number[]): AsyncGenerator<FloatTensor> {
  for (const frames of lengths) yield { data: wave(3 * frames * 32 * 64), shape: [1, 3, frames, 32, 64] };
}

async function wanDenoiser(
  folder: string,
  device: Device,
  { timesteps, isHalf = false }: { timesteps: number | number[]; isHalf?: boolean },
): Promise<Float32Array> {
  const { config, checkpoint: exact } = await wan.openTransformerFiles(folder);
  const checkpoint = isHalf ? withHalves(exact, isFastOfWan) : exact;
  const shape = [config.in_channels, 3, 8, 8] as const;
  const call = { latent: wave(shape[0] * 192), shape, timesteps, text: text('wan', config.text_dim) };
  return new WanTransformer(config, checkpoint, device).predict(call);
}

async function wanDecode(folder: string, device: Device): Promise<Float32Array> {
  const files = await wan.openVaeFiles(at(folder, 'vae'));
  const channels = files.config.z_dim;
  const vae = new WanVae(files, card, device);
  return (await joinPieces(vae.decodePieces(wave(channels * 2 * 36), [channels, 2, 6, 6]), 5)).data;
}

async function wanEncode(folder: string, device: Device): Promise<Float32Array> {
  const vae = new WanVae(await wan.openVaeFiles(at(folder, 'vae')), card, device);
  return (await joinPieces(vae.encodePieces(pixels(1, 4), { height: 32, width: 64, count: 5 }), 2)).data;
}

const encodeText = async (
  files: Awaited<ReturnType<typeof wan.openTextEncoderFiles>>,
  device: Device,
  isHalf = false,
) =>
  new T5Encoder(files.config, await asPrecise(files, { isHalf }), device).encode(
    Array.from({ length: rows }, (_, i) => ((7 * i) % 50) + 2),
  );

async function ltxDenoiser(device: Device, isHalf = false): Promise<Float32Array> {
  const { config, checkpoint } = await ltx.openTransformerFiles(at('ltx/later/transformer'));
  const clip = { time: 8, scale: 32, timing: 'causal', fps: 25 } as const;
  const files = { config, checkpoint: isHalf ? withHalves(checkpoint, isFastOfLtx) : checkpoint };
  const shape = [config.in_channels, 3, 4, 4] as const;
  const words = text('ltx', config.caption_channels);
  const call = { latent: wave(shape[0] * 48), shape, timesteps: [0, 137, 811], text: words };
  return new LtxTransformer(files, clip, device).predict(call);
}

async function ltxDecode(folder: string, device: Device): Promise<Float32Array> {
  const files = await ltx.openVaeFiles(at('ltx', folder, 'vae'));
  const channels = files.config.latent_channels;
  const noise = (count: number) => wave(count);
  const film = new LtxVae(files, card, device).decodeClip(wave(channels * 4), [channels, 2, 1, 2], { noise });
  return (await joinPieces(film.pieces, film.frames)).data;
}

async function ltxEncode(device: Device): Promise<Float32Array> {
  const clip = { pieces: pixels(9), frames: 9, height: 32, width: 64 };
  const latent = new LtxVae(await ltx.openVaeFiles(at('ltx/later/vae')), card, device).encodeClip(clip);
  return (await joinPieces(latent.pieces, latent.frames)).data;
}

/** Every network there is, on small checkpoints of every storage type. */
export const networks: Readonly<Record<string, (device: Device) => Promise<Float32Array>>> = {
  'Wan 2.1, fp32': (device) => wanDenoiser(at('wan21-t2v/transformer'), device, { timesteps: 500 }),
  'Wan 2.2, bf16, a time per frame': (device) =>
    wanDenoiser(at('wan22-ti2v/transformer'), device, { timesteps: [0, 500, 999] }),
  'Gosling, fp16': (device) => wanDenoiser(join(shippedFolder, 'gosling/transformer'), device, { timesteps: 500 }),
  UMT5: async (device) => encodeText(await wan.openTextEncoderFiles(at('wan21-t2v/text_encoder')), device),
  T5: async (device) => encodeText(await ltx.openTextEncoderFiles(at('ltx/later/text_encoder')), device),
  'VAE 2.1, decode': (device) => wanDecode('wan21-t2v', device),
  'VAE 2.1, encode': (device) => wanEncode('wan21-t2v', device),
  'VAE 2.2, fp16, decode': (device) => wanDecode('wan22-ti2v', device),
  'VAE 2.2, fp16, encode': (device) => wanEncode('wan22-ti2v', device),
  'LTX-Video': (device) => ltxDenoiser(device),
  'LTX-Video VAE, decode': (device) => ltxDecode('later', device),
  'LTX-Video 0.9.0 VAE, decode': (device) => ltxDecode('older', device),
  'LTX-Video VAE, encode': ltxEncode,
  'Gosling in half': (device) =>
    wanDenoiser(join(shippedFolder, 'gosling/transformer'), device, { timesteps: 500, isHalf: true }),
  'LTX-Video in half': (device) => ltxDenoiser(device, true),
  'UMT5 in half': async (device) =>
    encodeText(await wan.openTextEncoderFiles(join(shippedFolder, 'gosling/text_encoder')), device, true),
  'beyond fp16, in half': beyondHalf,
};

/** Rows whose numbers, and whose products, fp16 does not hold. */
async function beyondHalf(device: Device): Promise<Float32Array> {
  const { checkpoint } = await wan.openTransformerFiles(at('wan21-t2v/transformer'));
  const stored = checkpoint.get('blocks.0.ffn.net.0.proj.weight');
  const width = stored.shape[1]!;
  const g = new GraphBuilder('beyond-half');
  g.output('y', linear(g, g.input('x', 'f32', ['N', width]), { ...stored, isHalf: true }));
  const session = await Session.open('beyond half', g.finish(), { device, weights: 'resident' });
  const x = wave(8 * width).map((value, i) => value * [1e6, 1, 1e-6, 1e9][Math.floor(i / width) % 4]!);
  const { y } = await session.run({ x: { data: x, shape: [8, width] } }, ['y']);
  await session.release();
  // Each row by its own measure: else the largest would hide what became of the others.
  const out = y.shape[1]!;
  return y.data.map((value, i) => value / [1e6, 1, 1e-6, 1e9][Math.floor(i / out) % 4]!);
}

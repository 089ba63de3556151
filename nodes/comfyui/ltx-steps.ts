import { shifted } from '../denoise/flow';
import type { Reading } from './reading';
import type { ComfyNode } from './workflow';

/** Tokens between which the shift's logarithm goes from base to max, in a straight line. */
const [fewTokens, manyTokens] = [1024, 4096];

/** Nodes whose latent is the clip's and nothing beside it. */
const plainLatents = new Set(['EmptyLTXVLatentVideo', 'LTXVImgToVideo']);

const told = (reading: Reading, node: ComfyNode, name: string) => Number(reading.given(node, name).value);

/** How far LTXVScheduler and ModelSamplingLTXV move steps, for the latent that they were given; undefined where that is not known. */
export function ltxShift(reading: Reading, node: ComfyNode): number | undefined {
  const latent = reading.node(node.inputs['latent']);
  if (latent && !plainLatents.has(latent.type)) return undefined;
  const [width, height, length] = latent
    ? ['width', 'height', 'length'].map((name) => told(reading, latent, name))
    : [];
  const tokens = latent
    ? Math.floor(width! / 32) * Math.floor(height! / 32) * (Math.floor((length! - 1) / 8) + 1)
    : manyTokens;
  const [base, max] = ['base_shift', 'max_shift'].map((name) => told(reading, node, name));
  const shift = Math.exp(base! + ((max! - base!) * (tokens - fewTokens)) / (manyTokens - fewTokens));
  return Number.isFinite(shift) ? shift : undefined;
}

/** LTXVScheduler's list, worked out for the latent it was given; undefined where that is not known. */
export function ltxSteps(reading: Reading, list: ComfyNode): number[] | undefined {
  const shift = ltxShift(reading, list);
  const [steps, terminal] = ['steps', 'terminal'].map((name) => told(reading, list, name));
  if (shift === undefined || !(steps! >= 1 && steps! <= 1000)) return undefined;
  const even = Array.from({ length: steps! }, (_, i) => shifted(1 - i / steps!, shift));
  const factor = (1 - (even.at(-1) ?? 0)) / (1 - terminal!);
  const isStretched = reading.given(list, 'stretch').value !== false && factor > 0;
  const sigmas = [...even.map((sigma) => (isStretched ? 1 - (1 - sigma) / factor : sigma)), 0];
  return sigmas.every(Number.isFinite) && sigmas.length > 1 ? sigmas : undefined;
}

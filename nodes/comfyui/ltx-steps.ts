import { shifted } from '../denoise/flow';
import type { Reading } from './reading';
import type { ComfyNode } from './workflow';

/** Tokens between which the shift's logarithm goes from base to max, in a straight line. */
const [fewTokens, manyTokens] = [1024, 4096];

/** Nodes whose latent is the clip's and nothing beside it. */
const plainLatents = new Set(['EmptyLTXVLatentVideo', 'LTXVImgToVideo']);

/** LTXVScheduler's list, worked out for the latent it was given; undefined where that is not known. */
export function ltxSteps(reading: Reading, list: ComfyNode): number[] | undefined {
  const told = (node: ComfyNode, name: string) => Number(reading.given(node, name).value);
  const latent = reading.node(list.inputs['latent']);
  if (latent && !plainLatents.has(latent.type)) return undefined;
  const [width, height, length] = latent ? ['width', 'height', 'length'].map((name) => told(latent, name)) : [];
  const tokens = latent
    ? Math.floor(width! / 32) * Math.floor(height! / 32) * (Math.floor((length! - 1) / 8) + 1)
    : manyTokens;
  const [steps, base, max, terminal] = ['steps', 'base_shift', 'max_shift', 'terminal'].map((name) => told(list, name));
  const shift = base! + ((max! - base!) * (tokens - fewTokens)) / (manyTokens - fewTokens);
  const even = Array.from({ length: steps! }, (_, i) => shifted(1 - i / steps!, Math.exp(shift)));
  const factor = (1 - (even.at(-1) ?? 0)) / (1 - terminal!);
  const isStretched = reading.given(list, 'stretch').value !== false && factor > 0;
  const sigmas = [...even.map((sigma) => (isStretched ? 1 - (1 - sigma) / factor : sigma)), 0];
  return sigmas.every(Number.isFinite) && sigmas.length > 1 ? sigmas : undefined;
}

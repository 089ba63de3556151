import { ownSigmas, shiftBySize } from '../denoise/own-spacing';
import type { Reading } from './reading';
import type { ComfyNode } from './workflow';

/** Tokens, each a latent pixel, between which the shift's logarithm goes from base to max. */
const pixels = [1024, 4096] as const;

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
    : pixels[1];
  const [base, max] = ['base_shift', 'max_shift'].map((name) => told(reading, node, name));
  const shift = shiftBySize({ pixels, logShift: [base!, max!] }, tokens);
  return Number.isFinite(shift) ? shift : undefined;
}

/** LTXVScheduler's list, worked out for the latent it was given; undefined where that is not known. */
export function ltxSteps(reading: Reading, list: ComfyNode): number[] | undefined {
  const shift = ltxShift(reading, list);
  const [steps, terminal] = ['steps', 'terminal'].map((name) => told(reading, list, name));
  if (shift === undefined || !(steps! >= 1 && steps! <= 1000)) return undefined;
  const isStretched = reading.given(list, 'stretch').value !== false && terminal! < 1;
  const { sigmas } = ownSigmas(
    { curve: 'even', ...(isStretched ? { terminal: terminal! } : {}) },
    { steps: steps!, shift },
  );
  return sigmas.every(Number.isFinite) && sigmas.length > 1 ? [...sigmas] : undefined;
}

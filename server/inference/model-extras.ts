import { z } from 'zod';

const numbers = z.array(z.number());

/** Sigmas that a few-step model was distilled to, one for each step. */
export const taughtSigmas = z
  .array(z.number().positive().max(1))
  .min(1)
  .max(100)
  .refine((sigmas) => sigmas.every((sigma, i) => i === 0 || sigma < sigmas[i - 1]!), 'must fall from step to step');

/**
 * `skein.json`, optional in a model folder: what a diffusers folder has no place for. Every field may be left out.
 * `training/export.py` writes Gosling's.
 */
export const modelExtras = z.object({
  name: z.string().min(1).max(200).optional(),
  /** Which frames the model was trained to be given. */
  pins: z.enum(['none', 'first', 'first-last', 'any']).optional(),
  /** Padded length of the text, in tokens. */
  textLength: z.int().min(2).max(2048).optional(),
  defaults: z
    .object({
      width: z.int().min(8),
      height: z.int().min(8),
      frames: z.int().min(1),
      framesPerSecond: z.number().positive(),
      steps: z.int().min(1),
      guidance: z.number().min(0),
      shift: z.number().positive(),
      sampler: z.string(),
      schedule: z.string(),
      prompt: z.string(),
      negative: z.string(),
    })
    .partial()
    .optional(),
  /** Width and height, and numbers of frames, it was trained on, and a few words on what others do. */
  trained: z
    .object({
      sizes: z.array(z.tuple([z.int().min(8), z.int().min(8)])).min(1),
      frames: z.array(z.int().min(1)).min(1),
      otherSizes: z.string().min(1).max(80),
      otherFrames: z.string().min(1).max(80),
    })
    .optional(),
  /** For few-step models of LTX-Video: what they were distilled to. Without them such a model is stepped as its full one. */
  sigmas: taughtSigmas.optional(),
  /** For decoders that are told how noisy a latent is: the time they are told, and the share of noise that is mixed in. */
  decode: z
    .object({ timestep: z.number().min(0).max(1), noise: z.number().min(0).max(1) })
    .partial()
    .optional(),
  /** RGB in [0, 1] of a latent pixel: factors · latent + bias; factors are [channels][3] or [3][channels]. */
  latent_rgb: z.object({ factors: z.array(numbers).min(3), bias: numbers.length(3) }).optional(),
  /** What the model knows: group → thing → the ways to say it. */
  knows: z.record(z.string(), z.record(z.string(), z.array(z.string()))).optional(),
  /** Prompts worth trying. */
  examples: z.array(z.string()).optional(),
});
export type ModelExtras = z.output<typeof modelExtras>;

/**
 * The linear preview as cards have it: [3][channels] and colours in [-1, 1]; null when there is none.
 * Throws when its size is not that of the latents.
 */
export function previewOf(
  { latent_rgb: preview }: ModelExtras,
  channels: number,
): { weights: number[][]; bias: number[] } | null {
  if (!preview) return null;
  const { factors } = preview;
  const isTall = factors.length === channels && factors.every((row) => row.length === 3);
  if (!isTall && !(factors.length === 3 && factors.every((row) => row.length === channels))) {
    throw new Error(`skein.json: latent_rgb.factors must be ${channels} rows of 3 numbers. Correct or remove it.`);
  }
  const rows = isTall ? [0, 1, 2].map((colour) => factors.map((row) => row[colour]!)) : factors;
  return {
    weights: rows.map((row) => row.map((factor) => 2 * factor)),
    bias: preview.bias.map((level) => 2 * level - 1),
  };
}

/** Every way to say something, by group. */
export const vocabularyOf = ({ knows }: ModelExtras): Record<string, string[]> | null =>
  knows
    ? Object.fromEntries(
        Object.entries(knows).map(([group, things]) => [group, [...new Set(Object.values(things).flat())]]),
      )
    : null;

import { z } from 'zod';

/**
 * `skein.json`, optional in a model folder: what a diffusers folder has no place for. Every field may be left out.
 */
export const modelExtras = z.object({
  title: z.string().min(1).max(200).optional(),
  /** Which frames the model was trained to be given. */
  pins: z.enum(['none', 'first', 'any']).optional(),
  /** Padded length of the text, in tokens. */
  text_length: z.int().min(2).max(2048).optional(),
  defaults: z
    .object({
      width: z.int().min(8),
      height: z.int().min(8),
      frames: z.int().min(1),
      fps: z.number().positive(),
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
  /** RGB in [-1, 1] = weights [3][channels] · latent + bias [3]. */
  latent_rgb: z
    .object({ weights: z.array(z.array(z.number())).length(3), bias: z.array(z.number()).length(3) })
    .optional(),
  /** Words the model knows, by group. */
  vocabulary: z.record(z.string(), z.array(z.string())).optional(),
});
export type ModelExtras = z.output<typeof modelExtras>;

import { z } from 'zod';
import { defineNode, port } from '../define';
import type { ModelPart, ModelValue } from '../values';

export default defineNode({
  type: 'model',
  version: 1,
  title: 'Model',
  says: 'A checkpoint: its denoiser, its text encoder and its VAE.',
  inputs: {},
  outputs: {
    denoiser: port.model('denoiser', 'Carves clips out of noise'),
    textEncoder: port.model('text-encoder', 'Reads prompts'),
    vae: port.model('vae', 'Turns pictures into latents and back'),
  },
  params: z.object({
    model: z.string().min(1).default('gosling').meta({ control: 'model', says: 'Which checkpoint to use.' }),
  }),
  infer({ params, models }) {
    const card = models[params.model];
    if (!card) {
      const known = Object.keys(models).join(', ') || 'none';
      const says = `The model "${params.model}" is not in the library (there: ${known}). Choose another, or add its folder.`;
      return { problems: [{ param: 'model', says }] };
    }
    const says =
      card.broken ??
      (card.lora && `${card.title} is a LoRA, not a whole model. Choose a model here, and use the LoRA node for this.`);
    const problems = says ? [{ param: 'model', says }] : [];
    const facts = { model: card.id, family: card.family, space: card.latent.space };
    return { outputs: { denoiser: facts, textEncoder: facts, vae: facts }, problems };
  },
  identity: ({ params, models }) => ({ digest: models[params.model]?.digest ?? params.model }),
  async run({ params, ctx }) {
    const ref = (part: ModelPart): ModelValue => ctx.models.reference(params.model, part);
    return { denoiser: ref('denoiser'), textEncoder: ref('text-encoder'), vae: ref('vae') };
  },
});

import { z } from 'zod';
import { cardOf } from '../agreement';
import { defineNode, type NodeProblem, port } from '../define';
import { loraNetworks, type ModelCard, type Models } from '../values';

export default defineNode({
  type: 'lora',
  version: 1,
  title: 'LoRA',
  says: 'A small file that changes a denoiser: a style, a subject, a motion, fewer steps. Several can follow one another.',
  inputs: { model: port.model('denoiser', 'The network to change') },
  outputs: { model: port.model('denoiser', 'The same network with the changes') },
  params: z.object({
    lora: z.string().default('').meta({
      title: 'LoRA',
      control: 'model',
      offers: 'loras',
      says: 'Which file to use. They lie in a folder called loras among the models.',
    }),
    strength: z.number().min(-4).max(4).default(1).meta({
      control: 'slider',
      step: 0.05,
      says: 'How much of the change: 0 nothing, 1 as it was trained, below 0 the opposite.',
    }),
    unknown: z.enum(['refuse', 'leave-out']).default('refuse').meta({
      title: 'What fits nothing',
      control: 'select',
      advanced: true,
      says: 'What to do when some of the file fits nothing in the model: refuse it, or leave that out.',
    }),
    network: z.enum(loraNetworks).default('all').meta({
      control: 'select',
      advanced: true,
      says: 'Which network to change where two take turns: the first (high noise), the second (low noise) or all.',
    }),
  }),
  infer({ inputs, params, models }) {
    const base = cardOf(inputs.model, models);
    return { outputs: { model: inputs.model?.facts ?? {} }, problems: objections(params, { base, models }) };
  },
  identity: ({ params, models }) => ({ ...params, lora: models[params.lora]?.digest ?? params.lora }),
  async run({ inputs, params, ctx }) {
    const { lora, strength, unknown, network } = params;
    const use = { lora, digest: ctx.models.lora(lora), strength, partial: unknown === 'leave-out', network };
    return { model: { ...inputs.model, loras: [...(inputs.model.loras ?? []), use] } };
  },
});

/** What these widths are called, where both are of published Wan or LTX-Video models. */
const called: Readonly<Record<number, string>> = { 1536: '1.3B', 5120: '14B', 3072: '5B', 2048: '2B', 4096: '13B' };
const sizes = (one: number, other: number): string =>
  called[one] && called[other] ? ` (${called[one]} and ${called[other]})` : '';

function objections(
  { lora, unknown: choice }: { lora: string; unknown: 'refuse' | 'leave-out' },
  { base, models }: { base: ModelCard | undefined; models: Models },
): NodeProblem[] {
  const says = (sentence: string): NodeProblem[] => [{ param: 'lora', says: sentence }];
  const card = models[lora];
  if (!card) {
    const known = Object.values(models).filter((one) => one.lora && !one.broken);
    const remedy = known.length
      ? `Choose one of: ${known.map(({ id }) => id).join(', ')}.`
      : 'Put a .safetensors file into a folder called loras among the models.';
    return says(`${lora === '' ? 'No LoRA is chosen.' : `The LoRA "${lora}" is not in the library.`} ${remedy}`);
  }
  if (card.broken) return says(card.broken);
  if (!card.lora) return says(`${card.title} is a whole model, not a LoRA. Choose a LoRA, or use the model node.`);
  if (base && base.family !== card.family) {
    return says(
      `${card.title} changes models of the family ${card.family}, and ${base.title} is of the family ${base.family}. Use it with a ${card.family} model.`,
    );
  }
  const { unknown, unknownNames, width } = card.lora;
  if (width && base?.width && width !== base.width) {
    return says(
      `${card.title} was made for a network ${width} wide, and that of ${base.title} is ${base.width} wide${sizes(width, base.width)}. Use a LoRA for this model, or the model it was made for.`,
    );
  }
  if (unknown && choice === 'refuse') {
    return says(
      `${unknown} tensors of ${card.title} fit nothing in a ${card.family} model (${unknownNames.slice(0, 3).join(', ')}${unknown > 3 ? ', …' : ''}). Set "What fits nothing" to "leave-out" to go on without them, or choose another LoRA.`,
    );
  }
  return [];
}

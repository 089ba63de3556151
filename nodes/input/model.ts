import { z } from 'zod';
import { defineNode, type NodeProblem, port } from '../define';
import { deviceNames, type Facts, type ModelCard, type ModelPart, type ModelValue } from '../values';

const devices = ['auto', ...deviceNames] as const;
const deviceOf = (part: string, what: string) =>
  z
    .enum(devices)
    .default('auto')
    .meta({
      title: `${part}, device`,
      control: 'select',
      advanced: true,
      says: `Where the ${what} computes. auto: where everything does, which is the fastest that was found.`,
    });

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
    precision: z.enum(['exact', 'half', 'fast']).default('exact').meta({
      title: 'Denoiser, precision',
      control: 'select',
      advanced: true,
      says: 'How the denoiser computes. half: its large matrices in fp16, on a graphics card. fast: in eight bits, on a CPU, two to four times as fast in large models and off by about a hundredth; a copy of them is made the first time.',
    }),
    denoiserDevice: deviceOf('Denoiser', 'denoiser'),
    textPrecision: z.enum(['exact', 'half', 'fast']).default('exact').meta({
      title: 'Text encoder, precision',
      control: 'select',
      advanced: true,
      says: 'How the text encoder computes. half: its matrices in fp16, on a graphics card. fast: in eight bits, on a CPU; large encoders read a prompt three to four times as fast, off by a few hundredths. A copy of them is made the first time.',
    }),
    textDevice: deviceOf('Text encoder', 'text encoder'),
    vaeDevice: deviceOf('VAE', 'VAE'),
  }),
  infer({ params, models }) {
    const card = models[params.model];
    if (!card) {
      const known = Object.keys(models).join(', ') || 'none';
      const says = `The model "${params.model}" is not in the library (there: ${known}). Choose another, or bring it here under Models.`;
      return { problems: [{ param: 'model', says }] };
    }
    const says =
      card.broken ??
      (card.lora && `${card.title} is a LoRA, not a whole model. Choose a model here, and use the LoRA node for this.`);
    const problems = [...(says ? [{ param: 'model', says }] : []), ...placing(params)];
    const facts = { model: card.id, family: card.family, space: card.latent.space };
    const [there, reading] = [choicesOf(params, 'denoiser'), choicesOf(params, 'text-encoder')];
    const denoiser = { ...facts, ...there, ...errorOf(there, card.fast?.denoiser) };
    const textEncoder = { ...facts, ...reading, ...errorOf(reading, card.fast?.['text-encoder']) };
    return { outputs: { denoiser, textEncoder, vae: facts }, problems };
  },
  identity: ({ params, models }) => ({
    ...digestOf(params, models),
    ...toldApart(params, 'denoiser'),
    text: params.textDevice === 'auto' ? undefined : params.textDevice,
    textPrecision: params.textPrecision === 'exact' ? undefined : params.textPrecision,
    vae: params.vaeDevice === 'auto' ? undefined : params.vaeDevice,
  }),
  outputIdentity: ({ output, params, models }) => ({
    ...digestOf(params, models),
    ...toldApart(params, output === 'textEncoder' ? 'text-encoder' : output),
  }),
  async run({ params, ctx }) {
    const ref = (part: ModelPart): ModelValue => ({
      ...ctx.models.reference(params.model, part),
      ...choicesOf(params, part),
    });
    return { denoiser: ref('denoiser'), textEncoder: ref('text-encoder'), vae: ref('vae') };
  },
});

interface Params {
  model: string;
  precision: 'exact' | 'half' | 'fast';
  textPrecision: 'exact' | 'half' | 'fast';
  denoiserDevice: (typeof devices)[number];
  textDevice: (typeof devices)[number];
  vaeDevice: (typeof devices)[number];
}

const digestOf = ({ model }: Params, models: Readonly<Record<string, ModelCard>>) => ({
  digest: models[model]?.digest ?? model,
});

/** What was chosen for a part; nothing of what is as usual, so that fingerprints stay what they were. */
function choicesOf(params: Params, part: ModelPart): Pick<ModelValue, 'device' | 'precision'> {
  const device = {
    denoiser: params.denoiserDevice,
    'text-encoder': params.textDevice,
    vae: params.vaeDevice,
  }[part];
  const precision = { denoiser: params.precision, 'text-encoder': params.textPrecision, vae: 'exact' as const }[part];
  return {
    ...(device === 'auto' ? {} : { device }),
    ...(precision === 'exact' ? {} : { precision }),
  };
}

/** What a part's results depend on. In version 1 of this node rows in fp16 were at first multiplied as they came. */
function toldApart(params: Params, part: ModelPart): Record<string, unknown> {
  const choices = choicesOf(params, part);
  return choices.precision === 'half' ? { ...choices, rows: 'in their own measure' } : choices;
}

/** Shown on the wire as soon as it was measured. */
const errorOf = ({ precision }: Pick<ModelValue, 'precision'>, measured: { error: number } | undefined): Facts =>
  precision === 'fast' && measured ? { error: measured.error } : {};

/** Why a part cannot compute so exactly where it is to; which device `auto` is, only the machine knows. */
function misplaced(part: string, precision: Params['precision'], device: Params['textDevice']): string | null {
  if (device === 'auto' || precision === 'exact') return null;
  if (precision === 'fast' && device !== 'cpu')
    return `The fast mode computes in eight bits on a CPU, and ${device} cannot. Choose cpu or auto for the ${part}, or exact precision.`;
  if (precision === 'half' && device === 'cpu')
    return `fp16 is for graphics cards; a CPU would only take longer. Choose another device for the ${part}, or exact or fast precision.`;
  return null;
}

function placing({ precision, textPrecision, denoiserDevice, textDevice }: Params): NodeProblem[] {
  const carving = misplaced('denoiser', precision, denoiserDevice);
  const reading = misplaced('text encoder', textPrecision, textDevice);
  return [
    ...(carving === null ? [] : [{ param: 'precision', says: carving }]),
    ...(reading === null ? [] : [{ param: 'textPrecision', says: reading }]),
  ];
}

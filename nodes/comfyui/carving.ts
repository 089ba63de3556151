import { samplerNamed, scheduleNamed } from '../denoise/sampler-names';
import type { Reading } from './reading';
import { type ComfyNode, isLink } from './workflow';

/** How noise becomes a clip: whatever kind of sampler node said so. */
export interface Carving {
  model: unknown;
  positive: unknown;
  negative?: unknown;
  latent: unknown;
  params: Record<string, unknown>;
  seed: unknown;
}

/** What a sampler node does; undefined when it hangs in the air. */
export function carvingOf(reading: Reading, node: ComfyNode): Carving | undefined {
  const at = (name: string) => reading.value(node.inputs[name]);
  const { model, positive, negative, latent_image: latent } = node.inputs;
  switch (node.type) {
    case 'KSampler': {
      const params = {
        ...how(reading, node, at('sampler_name'), at('scheduler')),
        steps: at('steps'),
        guidance: at('cfg'),
        strength: at('denoise'),
      };
      return { model, positive, negative, latent, params, seed: at('seed') };
    }
    case 'KSamplerAdvanced':
      return inTwo(reading, node);
    case 'SamplerCustom': {
      const params = { guidance: at('cfg'), ...stepsOf(reading, node, node.inputs['sampler'], node.inputs['sigmas']) };
      return { model, positive, negative, latent, params, seed: at('noise_seed') };
    }
    default: {
      const guider = reading.node(node.inputs['guider']);
      const noise = reading.node(node.inputs['noise']);
      if (!guider) return undefined;
      if (guider.type !== 'CFGGuider' && guider.type !== 'BasicGuider')
        reading.remark(guider, 'Taken as plain guidance: choose the method at the denoiser.');
      const guidance = guider.type === 'BasicGuider' ? 1 : reading.value(guider.inputs['cfg']);
      return {
        model: guider.inputs['model'],
        positive: guider.inputs['positive'] ?? guider.inputs['conditioning'],
        negative: guider.inputs['negative'],
        latent,
        params: { guidance, ...stepsOf(reading, node, node.inputs['sampler'], node.inputs['sigmas']) },
        seed: reading.value(noise?.inputs['noise_seed']),
      };
    }
  }
}

/** KSamplerAdvanced: alone, or the second of two that share the steps of a model of two networks. */
function inTwo(reading: Reading, node: ComfyNode): Carving {
  const at = (one: ComfyNode, name: string) => reading.value(one.inputs[name]);
  const before = isLink(node.inputs['latent_image'])
    ? reading.workflow.nodes.get(node.inputs['latent_image'].node)
    : undefined;
  const isPair =
    before?.type === node.type &&
    at(before, 'return_with_leftover_noise') === 'enable' &&
    at(node, 'add_noise') === 'disable';
  const first = isPair ? before : node;
  if (isPair) reading.node(node.inputs['latent_image']);
  const { model, positive, negative, latent_image: latent } = first.inputs;
  const params = {
    ...how(reading, first, at(first, 'sampler_name'), at(first, 'scheduler')),
    steps: at(first, 'steps'),
    guidance: at(first, 'cfg'),
  };
  if (!isPair) {
    const [start, end, steps] = ['start_at_step', 'end_at_step', 'steps'].map((name) => Number(at(node, name)));
    const part = {
      startStep: start,
      endStep: end! < steps! ? end : null, // all three were asked for
      leftover: at(node, 'return_with_leftover_noise') === 'enable',
      noisy: at(node, 'add_noise') === 'disable',
    };
    return { model, positive, negative, latent, params: { ...params, ...part }, seed: at(node, 'noise_seed') };
  }
  const low = at(node, 'cfg');
  const pair = [model, node.inputs['model']];
  reading.remark(
    node,
    'The two samplers became one denoiser: the model itself says where its second network takes over.',
  );
  return {
    model: pair,
    positive,
    negative,
    latent,
    params: { ...params, ...(low === params.guidance ? {} : { guidanceLow: low }) },
    seed: at(first, 'noise_seed'),
  };
}

function how(
  reading: Reading,
  node: ComfyNode,
  sampler: unknown,
  schedule: unknown,
): { sampler?: string | undefined; schedule?: string | undefined; cfgpp?: true } {
  const found = samplerNamed(String(sampler));
  const known = {
    sampler: found?.sampler,
    schedule: schedule === undefined ? undefined : (scheduleNamed(String(schedule)) ?? undefined),
    // What are samplers of their own there is a switch here.
    ...(found?.cfgpp ? { cfgpp: true as const } : {}),
  };
  if (!known.sampler) reading.remark(node, `Skein has no sampler "${sampler}": choose another at the denoiser.`);
  if (schedule !== undefined && !known.schedule)
    reading.remark(node, `Skein has no schedule "${schedule}": choose another at the denoiser.`);
  return known;
}

/** Sampler and sigmas of the custom sampler nodes. */
function stepsOf(reading: Reading, node: ComfyNode, from: unknown, sigmas: unknown): Record<string, unknown> {
  const sampler = reading.node(from);
  const list = reading.node(sigmas);
  const name =
    sampler && (reading.value(sampler.inputs['sampler_name']) ?? sampler.type.replace(/^Sampler/, '').toLowerCase());
  const schedule = list?.type === 'BasicScheduler' ? reading.value(list.inputs['scheduler']) : undefined;
  if (list?.type === 'LTXVScheduler')
    reading.remark(
      list,
      "Steps are spaced the checkpoint's own way: its stretch follows the length of the clip, as this node's does.",
    );
  else if (list && list.type !== 'BasicScheduler')
    reading.remark(list, "Steps are spaced the checkpoint's own way instead.");
  if (list) reading.node(list.inputs['latent']);
  const steps = list && reading.value(list.inputs['steps']);
  const strength = list && reading.value(list.inputs['denoise']);
  return { ...how(reading, node, name, schedule), steps, strength };
}

import { samplerNamed, scheduleNamed } from '../denoise/sampler-names';
import { Given } from './given';
import { ltxSteps } from './ltx-steps';
import type { Reading } from './reading';
import { type ComfyNode, homeOf, isLink } from './workflow';

/** How noise becomes a clip: whatever kind of sampler node said so. Settings are plain, or given. */
export interface Carving {
  /** One network, or the two of a pair. */
  models: readonly unknown[];
  positive: unknown;
  negative?: unknown;
  latent: unknown;
  params: Record<string, unknown>;
  /** Steps that no schedule here makes, and the node that says so. */
  drawn?: { by: ComfyNode; sigmas: number[] } | undefined;
  seed: unknown;
  /** The nodes that say so. */
  by: readonly ComfyNode[];
}

/** What a sampler node does; undefined when it hangs in the air. */
export function carvingOf(reading: Reading, node: ComfyNode): Carving | undefined {
  const at = (name: string) => reading.given(node, name);
  const by = [node];
  const { model, positive, negative, latent_image: latent } = node.inputs;
  switch (node.type) {
    case 'KSampler': {
      const params = {
        ...how(reading, node, at('sampler_name'), at('scheduler')),
        steps: at('steps'),
        guidance: at('cfg'),
        strength: at('denoise'),
      };
      return { models: [model], positive, negative, latent, params, seed: at('seed'), by };
    }
    case 'KSamplerAdvanced':
      return inTwo(reading, node);
    case 'SamplerCustom': {
      const { drawn, ...steps } = stepsOf(reading, node, node.inputs['sampler'], node.inputs['sigmas']);
      const params = { guidance: at('cfg'), ...steps };
      return { models: [model], positive, negative, latent, params, drawn, seed: at('noise_seed'), by };
    }
    default: {
      const guider = reading.node(node.inputs['guider']);
      const noise = reading.node(node.inputs['noise']);
      if (!guider) return undefined;
      if (guider.type !== 'CFGGuider' && guider.type !== 'BasicGuider')
        reading.remark(guider, 'Taken as plain guidance: choose the method at the denoiser.');
      const guidance = guider.type === 'BasicGuider' ? 1 : reading.given(guider, 'cfg');
      const { drawn, ...steps } = stepsOf(reading, node, node.inputs['sampler'], node.inputs['sigmas']);
      return {
        models: [guider.inputs['model']],
        positive: guider.inputs['positive'] ?? guider.inputs['conditioning'],
        negative: guider.inputs['negative'],
        latent,
        params: { guidance, ...steps },
        drawn,
        seed: noise && reading.given(noise, 'noise_seed'),
        by,
      };
    }
  }
}

/** KSamplerAdvanced: alone, or the second of two that share the steps of a model of two networks. */
function inTwo(reading: Reading, node: ComfyNode): Carving {
  const at = (one: ComfyNode, name: string) => reading.given(one, name);
  const says = (one: ComfyNode, name: string) => at(one, name).value;
  const before = isLink(node.inputs['latent_image'])
    ? reading.workflow.nodes.get(node.inputs['latent_image'].node)
    : undefined;
  const isPair =
    before?.type === node.type &&
    says(before, 'return_with_leftover_noise') === 'enable' &&
    says(node, 'add_noise') === 'disable';
  const first = isPair ? before : node;
  if (isPair) reading.node(node.inputs['latent_image']);
  const { model, positive, negative, latent_image: latent } = first.inputs;
  const params = {
    ...how(reading, first, at(first, 'sampler_name'), at(first, 'scheduler')),
    steps: at(first, 'steps'),
    guidance: at(first, 'cfg'),
  };
  if (!isPair) {
    const [start, end, steps] = ['start_at_step', 'end_at_step', 'steps'].map((name) => Number(says(node, name)));
    const part = {
      startStep: start,
      endStep: end! < steps! ? end : null, // all three were asked for
      leftover: says(node, 'return_with_leftover_noise') === 'enable',
      noisy: says(node, 'add_noise') === 'disable',
    };
    const seed = at(node, 'noise_seed');
    return { models: [model], positive, negative, latent, params: { ...params, ...part }, seed, by: [node] };
  }
  const low = at(node, 'cfg');
  const end = at(first, 'end_at_step');
  const others = ['steps', 'sampler_name', 'scheduler'].filter((name) => says(node, name) !== says(first, name));
  if (says(node, 'start_at_step') !== end.value) others.push('start_at_step');
  if (others.length)
    reading.remark(
      node,
      `The two samplers became one denoiser, which takes from the first what they say differently: ${others.join(', ')}.`,
    );
  return {
    models: [model, node.inputs['model']],
    positive,
    negative,
    latent,
    params: {
      ...params,
      secondAfter: end,
      ...(low.value === params.guidance.value ? {} : { guidanceLow: low }),
    },
    seed: at(first, 'noise_seed'),
    by: [first, node],
  };
}

function how(
  reading: Reading,
  node: ComfyNode,
  sampler: Given,
  schedule: Given | undefined,
): { sampler: Given; schedule: Given | undefined; cfgpp?: true } {
  const found = samplerNamed(String(sampler.value));
  const known = {
    sampler: sampler.as(() => found?.sampler),
    schedule: schedule?.as((name) => scheduleNamed(String(name)) ?? undefined),
    // What are samplers of their own there is a switch here.
    ...(found?.cfgpp ? { cfgpp: true as const } : {}),
  };
  if (!found) reading.remark(node, `Skein has no sampler "${sampler.value}": choose another at the denoiser.`);
  if (schedule?.value !== undefined && !known.schedule?.value)
    reading.remark(node, `Skein has no schedule "${schedule.value}": choose another at the denoiser.`);
  return known;
}

/** Sampler and sigmas of the custom sampler nodes. */
function stepsOf(
  reading: Reading,
  node: ComfyNode,
  from: unknown,
  sigmas: unknown,
): Record<string, unknown> & Pick<Carving, 'drawn'> {
  const sampler = reading.node(from);
  const list = reading.node(sigmas);
  const named = sampler?.inputs['sampler_name'] !== undefined;
  const plain = sampler?.type.replace(/^Sampler/, '').toLowerCase();
  const name = sampler && named ? reading.given(sampler, 'sampler_name') : new Given(plain, [], homeOf(node.id));
  const schedule = list?.type === 'BasicScheduler' ? reading.given(list, 'scheduler') : undefined;
  if (list?.type === 'LTXVScheduler') {
    const sigmas = ltxSteps(reading, list);
    reading.remark(
      list,
      sigmas
        ? "Its steps were worked out for this size and drawn. Without that card they are spaced the checkpoint's own way."
        : "Steps are spaced the checkpoint's own way: its stretch follows the length of the clip, as this node's does.",
    );
    if (sigmas)
      return {
        ...how(reading, node, name, undefined),
        steps: reading.given(list, 'steps'),
        drawn: { by: list, sigmas },
      };
  } else if (list && list.type !== 'BasicScheduler')
    reading.remark(list, "Steps are spaced the checkpoint's own way instead.");
  if (list) reading.node(list.inputs['latent']);
  const steps = list && reading.given(list, 'steps');
  const strength = list && reading.given(list, 'denoise');
  return { ...how(reading, node, name, schedule), steps, strength };
}

import type { AnyNode } from '../../nodes/define';
import type { OutputSummary } from '../../nodes/events';
import { canonical } from '../../nodes/fingerprint';
import type { Facts, Value, WireType } from '../../nodes/values';

/** What can be said about a value without showing it. */
export function factsOf(value: Value): Facts {
  switch (value.kind) {
    case 'latent':
    case 'pins': {
      const [channels, frames, height, width] = value.shape;
      const paused = value.kind === 'latent' ? value.paused?.timesteps.length : undefined;
      return { space: value.space, channels, frames, height, width, ...(paused && { paused }) };
    }
    case 'frames':
      return { width: value.width, height: value.height, count: value.count, fps: value.fps };
    case 'conditioning':
      return { family: value.family, tokens: value.tokens, width: value.width, length: value.length };
    case 'text':
      return { characters: value.text.length };
    case 'model':
      return { model: value.model, part: value.part };
    case 'sigmas':
      return { steps: value.sigmas.length - 1 };
    case 'guidance':
      return { links: value.links.length };
    case 'measures':
      return value.figures;
    case 'file':
      return {
        bytes: value.bytes,
        width: value.width,
        height: value.height,
        frames: value.frames,
        seconds: value.seconds,
      };
  }
}

export function summaryOf(value: Value): OutputSummary {
  const summary: OutputSummary = { kind: value.kind, facts: factsOf(value) };
  if (value.kind !== 'file') return summary;
  const { sha256, mime, bytes, name } = value;
  return { ...summary, file: { sha256, mime, bytes, name } };
}

/** `latent [16, 3, 4, 6]`, for messages. */
export function described(value: Value | undefined): string {
  if (!value) return 'nothing';
  if (value.kind === 'latent' || value.kind === 'pins') return `${value.kind} [${value.shape.join(', ')}]`;
  if (value.kind === 'frames') return `frames ${value.width}x${value.height}, ${value.count} at ${value.fps} fps`;
  if (value.kind === 'conditioning') return `conditioning [${value.tokens} of ${value.length}, ${value.width}]`;
  if (value.kind === 'text') return `text of ${value.text.length} characters`;
  if (value.kind === 'model') return `${value.part} of ${value.model}`;
  if (value.kind === 'sigmas') return `schedule of ${value.sigmas.length - 1} steps`;
  if (value.kind === 'guidance') return `guidance of ${value.links.length} links`;
  if (value.kind === 'measures') return `measures ${Object.keys(value.figures).join(', ')}`;
  return `file ${value.name}`;
}

/**
 * Stands for how much work a node has: its type, the sizes on its wires, and its numbers and choices. Seeds and words
 * change a result and not the time it takes, so they are left out.
 */
export function workOf(
  definition: AnyNode,
  about: { params: Record<string, unknown>; outputs: Record<string, WireType> },
): string {
  const params = Object.entries(about.params).filter(
    ([name, value]) =>
      name !== 'seed' && (typeof value !== 'string' || value.length <= 16) && typeof value !== 'object',
  );
  return canonical({ type: definition.type, params: Object.fromEntries(params), outputs: about.outputs });
}

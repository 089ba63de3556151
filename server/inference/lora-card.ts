import { createHash } from 'node:crypto';
import type { ModelCard } from '../../nodes/values';
import { blankCard, mismatch } from './card';
import type { Digests } from './digests';
import { families } from './families/registry';
import { hintOf } from './few-steps';
import { type LoraFile, openLora } from './lora';

/** The most keys a card names. */
const mostNamed = 20;

/** Queries of self-attention are made from whole tokens. */
function widthIn({ adapters }: LoraFile): { width?: number } {
  for (const [module, { down }] of adapters)
    if (down && module.endsWith('attn1.to_q')) return { width: down.shape.slice(1).reduce((a, b) => a * b, 1) };
  return {};
}

/** The card of a LoRA: which family it changes, how much of it, and what of it fits nothing. Throws a sentence when it is none. */
export async function readLoraCard(
  id: string,
  path: string,
  { digests, names }: { digests: Digests; names: readonly string[] },
): Promise<ModelCard> {
  let best: { family: string; lora: LoraFile } | undefined;
  for (const { name, loraSpelling } of Object.values(families)) {
    if (!loraSpelling) continue;
    const lora = await openLora(path, loraSpelling);
    if (lora.adapters.size > (best?.lora.adapters.size ?? 0)) best = { family: name, lora };
  }
  if (!best) {
    const known = Object.values(families).flatMap(({ runs, loraSpelling }) => (loraSpelling ? [runs] : []));
    throw new Error(
      `${path}: this is no LoRA for a model that Skein runs: none of its tensors has the name of one of their modules. Use a LoRA for ${known.join(' or ')}.`,
    );
  }
  const { sha256, trusted } = await digests.of(path, 'file');
  const { family, lora } = best;
  const byName = hintOf(names, family);
  const ranks = [...lora.adapters.values()].map(({ down }) => down?.shape[0] ?? 0);
  return {
    ...blankCard(id),
    family,
    digest: createHash('sha256').update(`lora ${sha256}\n`).digest('hex'),
    ...(byName ? { byName } : {}),
    ...(sha256 === trusted ? {} : { broken: mismatch(id, [path]) }),
    lora: {
      modules: lora.adapters.size,
      rank: Math.max(...ranks),
      bytes: lora.bytes,
      unknown: lora.unknown.length,
      unknownNames: lora.unknown.slice(0, mostNamed),
      ...widthIn(lora),
    },
  };
}
